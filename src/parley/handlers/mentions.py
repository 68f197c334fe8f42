"""Mentions of the bot and of users in what a user writes."""

import html
import re

from microsoft_teams.api import MentionEntity, MessageActivity

from ..mentions import TAG, id_of, plain_name
from ..replies import is_group

# A space after a mention may be one of HTML.
_TAG_AND_SPACE = re.compile(rf"{TAG.pattern}(?P<space>&nbsp;|\s)?", re.IGNORECASE)


def without_mention(text: str, message: MessageActivity) -> str:
    """The text without the mentions of the bot, and with the mentions of others as their names.

    The entities of the message tell who is meant by a tag: the one that has the tag's id, or else, among those of the
    same name, the next. A tag with the bot's own name, of which no entity tells, is a mention of it, too. Other tags
    are words of the user.
    """
    bot, reader = message.recipient, _Reader(message)
    tags = [*_TAG_AND_SPACE.finditer(text)]
    meant = [reader.meant_by(tag) for tag in tags]
    if bot.id not in meant and reader.may_mention_bot and None in meant:
        meant[meant.index(None)] = bot.id
    parts: list[str] = []
    done = 0
    for tag, id in zip(tags, meant, strict=True):
        parts.append(text[done : tag.start()])
        if id is None:
            parts.append(tag[0])
        elif id != bot.id:
            parts += [html.unescape(tag["name"]), " " if tag["space"] == "&nbsp;" else tag["space"] or ""]
        done = tag.end()
    return "".join([*parts, text[done:]])


class _Reader:
    """Finds out whom the tags of a message mean, one after the other."""

    def __init__(self, message: MessageActivity) -> None:
        self._bot = message.recipient
        self._mentions = [entity for entity in message.entities or () if isinstance(entity, MentionEntity)]
        self._left = list(self._mentions)
        self.may_mention_bot = is_group(message.conversation) or any(
            mention.mentioned.id == self._bot.id and not _names(mention) for mention in self._mentions
        )
        """Whether a tag of which no entity tells may be one of the bot: in a group Teams tells it of no others."""

    def meant_by(self, tag: re.Match[str]) -> str | None:
        """The id of whom the tag means; None if nothing tells."""
        name, id = plain_name(tag["name"]), id_of(tag)
        same = [mention for mention in self._mentions if name in _names(mention)]
        left = [mention for mention in same if mention in self._left]
        numbered = [mention for mention in left if id is not None and id == self._number(mention)]
        if found := next(iter([*numbered, *left, *same]), None):
            self._left = [mention for mention in self._left if mention is not found]
            return found.mentioned.id
        return self._bot.id if self._bot.name and name == plain_name(self._bot.name) else None

    def _number(self, mention: MentionEntity) -> str:
        """The number that a mention has, by its place if not by an id."""
        told = (mention.model_extra or {}).get("id")
        place = next(place for place, other in enumerate(self._mentions) if other is mention)
        return str(place if told is None else told)


def _names(mention: MentionEntity) -> set[str]:
    return {plain_name(name) for name in (mention.text, mention.mentioned.name) if name}
