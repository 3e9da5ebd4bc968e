"""Health on the wire."""

from schemas.fields import Answer, Choice


class Health(Answer):
    """All is well; anything else is a problem document."""

    status = Choice("ok", required=True)
