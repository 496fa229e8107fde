"""Why a file is refused."""

from django.utils.translation import gettext_lazy as _

from smsplatform.core.errors import DomainError


class FileEmpty(DomainError):
    code = "file_empty"
    status = 422
    message = _("The file is empty.")


class FileTooLarge(DomainError):
    code = "file_too_large"
    status = 413
    message = _("The file is larger than {megabytes} MB; make it smaller, or scan it in grey.")


class FileKindUnknown(DomainError):
    code = "file_kind_unknown"
    status = 422
    message = _("Only JPEG and PNG pictures and PDF documents are taken; this is none of them.")


class FileMisnamed(DomainError):
    code = "file_misnamed"
    status = 422
    message = _("The name ends in another kind than the file is; give it its right ending.")


class FileUnreadable(DomainError):
    code = "file_unreadable"
    status = 422
    message = _("The file cannot be read: it is broken, or cut off. Save it again.")


class PictureTooLarge(DomainError):
    code = "picture_too_large"
    status = 422
    message = _("The picture has too many pixels; save it with at most {megapixels} million.")


class FileDangerous(DomainError):
    code = "file_dangerous"
    status = 422
    message = _(
        "The file holds something that can act by itself (a script, a program, another file or a"
        " password). Print it into a new PDF, or take a picture of it."
    )
