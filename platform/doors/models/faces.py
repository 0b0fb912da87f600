"""Faces of people who have consented: encrypted templates, photos on their way to terminals."""

from django.db import models
from django.db.models import Q

from core.models import Organisation, Site
from devices.models import Device
from people.models import Person

#: The purpose of the consent that a template hangs on.
PURPOSE = "face_doors"


class FaceTemplate(models.Model):
    """The template of a person's face, encrypted under a key that only the key store has.

    By a foreign key on (person, site, purpose), no row exists without a consent in force, whoever
    writes it, and withdrawing the consent deletes it. A trigger notes each deleted row and each
    replaced key in `FaceRemoval`.

    Attributes:
        format: of the engine that has made it; another engine can't compare it.
        version: of the encryption; with person, site and purpose it is authenticated.
        key_id: names the key in the key store.
        sealed: the nonce and the encrypted numbers.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="face_templates")
    person = models.ForeignKey(Person, models.CASCADE, related_name="face_templates")
    purpose = models.CharField(max_length=40, default=PURPOSE)
    format = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    key_id = models.CharField(max_length=32, unique=True)
    sealed = models.BinaryField()
    enrolled_at = models.DateTimeField()
    enrolled_by = models.CharField(max_length=160)
    # When it is deleted, because the person moves out.
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "site", "purpose"], name="face_template_of_person_once"
            ),
            models.CheckConstraint(condition=Q(purpose=PURPOSE), name="face_template_purpose"),
        ]
        indexes = [models.Index(fields=["site", "enrolled_at", "id"], name="face_by_time")]

    def __str__(self) -> str:
        return f"face of person {self.person_id}"


class FacePhoto(models.Model):
    """The enrolment photo, for terminals that take photos only; encrypted as the template is.

    It hangs on the same consent. It is deleted once every terminal has confirmed, after seven days
    at the latest, unless the person has consented to its being kept.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="face_photos")
    purpose = models.CharField(max_length=40, default=PURPOSE)
    version = models.PositiveSmallIntegerField()
    key_id = models.CharField(max_length=32)
    sealed = models.BinaryField()
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "site", "purpose"], name="face_photo_of_person_once"
            ),
            models.CheckConstraint(condition=Q(purpose=PURPOSE), name="face_photo_purpose"),
        ]

    def __str__(self) -> str:
        return f"photo of person {self.person_id}"


class FacePhotoLink(models.Model):
    """An address under which one terminal may fetch one photo once.

    Attributes:
        digest: of the token in the address, which is stored nowhere.
    """

    # The database deletes the row with the photo, which it deletes with the consent.
    photo = models.ForeignKey(FacePhoto, models.CASCADE, related_name="links", db_constraint=False)
    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link of photo {self.photo_id} for device {self.device_id}"


class FaceRemoval(models.Model):
    """That a template was deleted, or its key replaced. Rows are inserted by a trigger.

    It has plain numbers in place of foreign keys: it outlasts the person and the site.

    Attributes:
        is_replaced: the person has enrolled again; nothing is to be deleted at terminals.
        key_destroyed_at: when the key was deleted from the key store.
    """

    site_number = models.BigIntegerField()
    person_number = models.BigIntegerField()
    key_id = models.CharField(max_length=32)
    is_replaced = models.BooleanField()
    ordered_at = models.DateTimeField()
    key_destroyed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(key_destroyed_at=None),
                name="face_keys_to_destroy",
            ),
            models.Index(fields=["person_number", "-ordered_at"], name="face_removal_of_person"),
        ]

    def __str__(self) -> str:
        return f"removal of the face of person {self.person_number}"


class FaceFiling(models.Model):
    """The number under which an operator has filed that it stores faces of many people."""

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, related_name="face_filing", primary_key=True
    )
    number = models.CharField(max_length=80)
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=160)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(number=""), name="face_filing_has_number")
        ]

    def __str__(self) -> str:
        return self.number
