from django.urls.resolvers import URLPattern

app_name = "directory"
urlpatterns: list[URLPattern] = []
