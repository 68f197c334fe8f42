"""Mentions of the bot and of users in the text of a message."""

import re
from collections import defaultdict

from microsoft_teams.api import MentionEntity, MessageActivity

from ...replies import is_group
from ...text import MENTION, mention_id, plain_name, unescape

# A space after a mention may be one of HTML.
_MENTION_AND_SPACE = re.compile(rf"{MENTION.pattern}(?P<space>&nbsp;|\s)?", re.IGNORECASE)

# The punctuation between the mention of the bot and a question.
_CALL = re.compile(r"^\s*[,:;](?=\s)")


def without_mention(text: str, message: MessageActivity) -> str:
    """Return the text without mentions of the bot, and with the mentions of others as their names.

    A tag belongs to the entity of the message with the tag's id, or else to the next entity of the same name. A tag
    with the bot's name and without an entity is a mention of it, too. All other tags are words of the user.
    """
    bot, entities = message.recipient, _Entities(message)
    tags = [*_MENTION_AND_SPACE.finditer(text)]
    mentioned = [entities.account_id_of(tag) for tag in tags]
    if bot.id not in mentioned and entities.may_mention_bot and None in mentioned:
        mentioned[mentioned.index(None)] = bot.id
    parts: list[str] = []
    done = 0
    for tag, id in zip(tags, mentioned, strict=True):
        parts.append(text[done : tag.start()])
        if id is None:
            parts.append(tag[0])
        elif id != bot.id:
            parts += [unescape(tag["name"]), " " if tag["space"] == "&nbsp;" else tag["space"] or ""]
        done = tag.end()
    words = "".join([*parts, text[done:]])
    return _CALL.sub("", words) if mentioned[:1] == [bot.id] and not parts[0].strip() else words


class _Entities:
    """The mentions among the entities of a message, assigned to the tags of its text one by one."""

    def __init__(self, message: MessageActivity) -> None:
        self._bot = message.recipient
        mentions = [entity for entity in message.entities or () if isinstance(entity, MentionEntity)]
        self._ids = [mention.mentioned.id for mention in mentions]
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        self._numbered: dict[tuple[str, str], int] = {}
        self._used: set[int] = set()
        self.may_mention_bot = is_group(message.conversation)
        """True if a tag without an entity may mention the bot: in a group, Teams sends it only mentions of itself."""
        for place, mention in enumerate(mentions):
            names = {plain_name(name) for name in (mention.text, mention.mentioned.name) if name}
            self.may_mention_bot |= mention.mentioned.id == self._bot.id and not names
            number = (mention.model_extra or {}).get("id")
            for name in names:
                self._places[name].append(place)
                self._numbered[name, str(place if number is None else number)] = place
        for places in self._places.values():
            places.reverse()

    def account_id_of(self, tag: re.Match[str]) -> str | None:
        """Return the id of the account that a tag mentions, None if it is unknown."""
        name = plain_name(tag["name"])
        places = self._places.get(name)
        if not places:
            return self._bot.id if self._bot.name and name == plain_name(self._bot.name) else None
        place = self._numbered.get((name, mention_id(tag) or ""))
        if place is None or place in self._used:
            while len(places) > 1 and places[-1] in self._used:
                places.pop()
            place = places[-1]
        self._used.add(place)
        return self._ids[place]
