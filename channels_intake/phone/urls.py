from django.urls.resolvers import URLPattern

app_name = "phone"
urlpatterns: list[URLPattern] = []
