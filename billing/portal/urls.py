from django.urls import path

from billing.portal import auto_views, fapiao_views, invoice_views, order_views, views

urlpatterns = [
    path("prices/of-text", views.PriceOfText.as_view(), name="price-of-text"),
    path("offers/", order_views.PublicCatalogue.as_view(), name="public-offers"),
    path("buy/", order_views.Catalogue.as_view(), name="buy"),
    path("buy/<int:offer_id>", order_views.Buy.as_view(), name="buy-offer"),
    path("auto-topup/", auto_views.AutoTopupPage.as_view(), name="auto-topup"),
    path("auto-topup/off", auto_views.AutoTopupOff.as_view(), name="auto-topup-off"),
    path("auto-topup/card", auto_views.CardSave.as_view(), name="card-save"),
    path("auto-topup/cards", auto_views.CardPage.as_view(), name="card-page"),
    path("orders/", order_views.OrderList.as_view(), name="order-list"),
    path("orders/<uuid:order_id>", order_views.OrderDetail.as_view(), name="order-detail"),
    path("orders/<uuid:order_id>/pay", order_views.OrderPay.as_view(), name="order-pay"),
    path("orders/<uuid:order_id>/cancel", order_views.OrderCancel.as_view(), name="order-cancel"),
    path("invoices/", invoice_views.InvoiceList.as_view(), name="invoice-list"),
    path("invoices/<int:number>", invoice_views.InvoiceDetail.as_view(), name="invoice-detail"),
    path("invoices/<int:number>/csv", invoice_views.InvoiceCsv.as_view(), name="invoice-csv"),
    path("invoices/<int:number>/pdf", invoice_views.InvoicePdf.as_view(), name="invoice-pdf"),
    path(
        "invoices/<int:number>/fapiao", fapiao_views.FapiaoRequest.as_view(), name="fapiao-request"
    ),
    path("invoices/details", fapiao_views.Details.as_view(), name="billing-details"),
    path(
        "fapiao/<uuid:public_id>/cancel", fapiao_views.FapiaoCancel.as_view(), name="fapiao-cancel"
    ),
    path("fapiao/<uuid:public_id>/file", fapiao_views.FapiaoFile.as_view(), name="fapiao-file"),
    path(
        "invoices/<int:number>/lines/<int:position>",
        invoice_views.LineDetail.as_view(),
        name="invoice-line",
    ),
    path(
        "invoices/<int:number>/lines/<int:position>/csv",
        invoice_views.LineCsv.as_view(),
        name="invoice-line-csv",
    ),
]
