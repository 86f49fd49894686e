from django.urls import path

from channels_intake.email import html_view, views

app_name = "inbound"
urlpatterns = [
    path("message/<int:pk>/", html_view.page, name="message"),
    path("message/<int:pk>/contenu/", html_view.content, name="message_html"),
    path("message/<int:pk>/images/", html_view.images, name="message_images"),
    path("", views.received, name="list"),
    path("<int:pk>/original/", views.raw, name="raw"),
    path("<int:pk>/reprendre/", views.again, name="again"),
]
