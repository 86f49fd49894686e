from django.urls.resolvers import URLPattern

app_name = "knowledge"
urlpatterns: list[URLPattern] = []
