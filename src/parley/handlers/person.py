"""Who has sent an activity."""

from microsoft_teams.api import Account


def person_id(account: Account) -> str:
    """By what a person is known wherever the person writes: the id in Entra ID. Who has none is known by the account's
    own."""
    return account.aad_object_id or account.id
