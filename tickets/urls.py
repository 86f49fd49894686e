from django.urls.resolvers import URLPattern

app_name = "tickets"
urlpatterns: list[URLPattern] = []
