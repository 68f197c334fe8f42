"""The parts of an Office file: XML in a zip, whose parts point to each other by relationships (ISO/IEC 29500-2)."""

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from . import COMPOUND, SAFE_XML, Problem, UnreadableError

# An element of lxml, which has no types of its own.
Element = Any

# Bytes of an unpacked Office file, pictures included.
_MAX_UNPACKED = 300_000_000

# A name in the compound file that Office writes for a file with a password (MS-OFFCRYPTO, 2.3.4).
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Part:
    """An XML part: its name in the zip and its root element."""

    name: str
    root: Element


class Package:
    """The parts of an Office file, by their relationships.

    Elements, attributes and relationships are found by the last part of their names: Office writes the same file with
    two sets of namespaces, "Transitional" and "Strict".

    Args:
        data: the file.
        report_missing: called when a part with text is missing or damaged. The rest of the file is read.
    """

    def __init__(self, data: bytes, report_missing: Callable[[], None]) -> None:
        if data.startswith(COMPOUND):
            raise UnreadableError(Problem.ENCRYPTED if _ENCRYPTED in data else Problem.DAMAGED)
        self.report_missing = report_missing
        self._zip = ZipFile(BytesIO(data))
        members = self._zip.infolist()
        # zipfile unpacks no more of a member than its size in the directory.
        if sum(member.file_size for member in members) > _MAX_UNPACKED:
            raise UnreadableError(Problem.TOO_LARGE)
        self._members = {member.filename.replace("\\", "/").lstrip("/").lower(): member for member in members}

    def main(self) -> Part:
        """The part that points to all others: a document, a workbook or a presentation."""
        for name in (*self.related("", "officeDocument").values(), *_MAIN_PARTS):
            if self.has(name) and (part := self.part(name)):
                return part
        raise UnreadableError(Problem.DAMAGED)

    def related(self, name: str, kind: str | None = None) -> dict[str, str]:
        """The names of the parts that a part points to by relationships of a kind, by the relationships' ids."""
        folder, file = posixpath.split(name)
        relations = self._parse(posixpath.join(folder, "_rels", f"{file}.rels"))
        found: dict[str, str] = {}
        for relation in () if relations is None else relations:
            target = relation.get("Target") or ""
            if relation.get("TargetMode") == "External" or target in ("", "NULL"):
                continue
            if kind is None or (relation.get("Type") or "").rpartition("/")[2] == kind:
                joined = posixpath.join("/", folder, unquote(target.replace("\\", "/")))
                found[relation.get("Id") or ""] = posixpath.normpath(joined).lstrip("/")
        return found

    def parts(self, name: str, kind: str, *, has_text: bool = True) -> list[Part]:
        """The parts that a part points to by relationships of a kind. A missing part without text is not reported."""
        targets = self.related(name, kind).values()
        parts = (self.part(target) for target in targets if has_text or self.has(target))
        return [part for part in parts if part]

    def part(self, name: str | None) -> Part | None:
        """The XML part of a name. A part that cannot be read is None, and reported."""
        root = None if name is None else self._parse(name)
        if name is None or root is None:
            self.report_missing()
            return None
        return Part(name, root)

    def has(self, name: str) -> bool:
        """True if the file has a member of this name."""
        return name.lower() in self._members

    def bytes(self, name: str) -> bytes:
        """The bytes of a member. If they cannot be read, they are empty, and that is reported."""
        try:
            return self._zip.read(self._members[name.lower()])
        except MemoryError:
            raise
        except Exception:  # the exceptions of zipfile are no closed list
            self.report_missing()
            return b""

    def _parse(self, name: str) -> Element | None:
        if not self.has(name) or not (data := self.bytes(name)):
            return None
        parser = etree.XMLParser(recover=True, **SAFE_XML)
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError:
            root = None
        errors = [error.type for error in parser.error_log if error.level >= etree.ErrorLevels.FATAL]
        if etree.ErrorTypes.ERR_NO_MEMORY in errors:
            raise MemoryError
        if errors:
            self.report_missing()
        return root


_MAIN_PARTS = ("word/document.xml", "xl/workbook.xml", "ppt/presentation.xml")


def local(element: Element) -> str:
    """The name of an element without its namespace; empty for an entity."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str | None:
    """The attribute of a name in any namespace. An attribute with a namespace comes before one without."""
    found = None
    for key, value in element.attrib.items():
        if key == name:
            found = found or value
        elif key.endswith("}" + name):
            return value
    return found


def child(element: Element, *path: str) -> Element | None:
    """The first element at a path of local names below an element."""
    for name in path:
        element = next((inner for inner in element if local(inner) == name), None)
        if element is None:
            return None
    return element


def value(element: Element, *path: str) -> str | None:
    """The attribute `val` of the first element at a path."""
    found = child(element, *path)
    return None if found is None else attribute(found, "val")
