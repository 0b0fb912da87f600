"""Every address of the product, by room."""

urlpatterns: list = []
