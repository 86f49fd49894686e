from django.urls.resolvers import URLPattern

app_name = "inbound"
urlpatterns: list[URLPattern] = []
