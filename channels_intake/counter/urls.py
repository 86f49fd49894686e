from django.urls.resolvers import URLPattern

app_name = "counter"
urlpatterns: list[URLPattern] = []
