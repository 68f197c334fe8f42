"""A picture in a message: the model gets it, the user gets notices, the history keeps its name."""

import random
from base64 import b64decode, b64encode
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from doubles.bot import BOT_ID, Bot, attached_file, pasted_picture, run_bot
from doubles.connector import Connector
from doubles.disk import Disk
from doubles.file_server import FileServer
from doubles.files import picture, save
from doubles.lines import incident_in, line
from doubles.model_server import ModelServer

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("mark")]

FORMATS = pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])


def content(model: ModelServer) -> Any:
    """The parts of the last question."""
    return (model.last.get("messages") or model.last["input"])[-1]["content"]


def urls(model: ModelServer) -> list[str]:
    """The URLs of the pictures of the last question."""
    found = [part["image_url"] for part in content(model)[1:]]
    return [url["url"] if isinstance(url, dict) else url for url in found]


def data(url: str) -> bytes:
    """The bytes in a `data:` URL."""
    return b64decode(url.partition(";base64,")[2], validate=True)


def shown(model: ModelServer) -> list[tuple[str, Image.Image]]:
    """The pictures of the last question, each with its media type."""
    return [(url[len("data:") : url.index(";")], Image.open(BytesIO(data(url)))) for url in urls(model)]


def words(model: ModelServer) -> str:
    """The text of the last question, which also has pictures."""
    return content(model)[0]["text"]


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture that no format can compress."""
    return Image.frombytes(mode, (width, height), random.Random(1).randbytes(width * height * len(mode)))


class TestPicture:
    @FORMATS
    async def test_that_was_pasted_reaches_the_model(
        self, bot: Bot, connector: Connector, model: ModelServer, format: str
    ):
        url = connector.paste(picture(format, (60, 40), "teal"))

        assert await bot.personal().show("What is this?", pasted_picture(url)) == "OK."

        [(_, seen)] = shown(model)
        assert seen.size == (60, 40)
        pixel = seen.convert("RGB").getpixel((30, 20))
        assert isinstance(pixel, tuple)
        red, green, blue = pixel
        assert red < 10 and abs(green - 128) < 10 and abs(blue - 128) < 10
        assert words(model) == "What is this?\n\n[picture 0a1b2c3d: picture]"

    @FORMATS
    async def test_from_the_paperclip_reaches_the_model(
        self, bot: Bot, files: FileServer, model: ModelServer, format: str
    ):
        name = f"holiday.{format.lower()}"
        url = files.put(name, picture(format))

        await bot.personal().show("What is this?", attached_file(url, name))

        assert len(shown(model)) == 1
        assert words(model) == f"What is this?\n\n[picture 0a1b2c3d: {name}]"

    async def test_is_sent_in_a_format_that_every_server_knows(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        urls = [connector.paste(picture(format)) for format in ("PNG", "GIF", "JPEG", "WEBP")]

        await bot.personal().show("What are these?", *map(pasted_picture, urls))

        assert [media_type for media_type, _ in shown(model)] == ["image/png", "image/png", "image/jpeg", "image/jpeg"]
        assert [seen.format for _, seen in shown(model)] == ["PNG", "PNG", "JPEG", "JPEG"]

    async def test_also_reaches_the_responses_api(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        url = connector.paste(picture("PNG"))

        async with run_bot(environment | {"OPENAI_API": "responses"}, connector) as bot:
            assert await bot.personal().show("What is this?", pasted_picture(url)) == "OK."

        [part, image] = model.last["input"][-1]["content"]
        assert part == {"type": "input_text", "text": "What is this?\n\n[picture 0a1b2c3d: picture]"}
        assert image["type"] == "input_image" and len(shown(model)) == 1

    async def test_without_words_is_a_question(self, bot: Bot, connector: Connector, model: ModelServer):
        url = connector.paste(picture("PNG"))

        assert await bot.personal().show("", pasted_picture(url)) == "OK."

        assert words(model) == "[picture 0a1b2c3d: picture]" and len(shown(model)) == 1

    async def test_in_a_group_reaches_the_model_if_teams_sends_it(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        activity = bot.group().message("<at>Parley</at> What is this?", mentions={"Parley": BOT_ID})
        url = connector.paste(picture("PNG"))

        await bot.post(activity | {"attachments": [pasted_picture(url)]})

        assert words(model) == "Ada Lovelace: What is this?\n\n[picture 0a1b2c3d: picture]"
        assert [message.text for message in connector.messages] == ["OK."]

    async def test_may_be_a_data_url(self, bot: Bot, model: ModelServer):
        url = f"data:image/png;base64,{b64encode(picture('PNG', (7, 5))).decode()}"

        await bot.personal().show("What is this?", pasted_picture(url))

        assert shown(model)[0][1].size == (7, 5)

    async def test_is_sent_again_with_the_results_of_tools(self, bot: Bot, connector: Connector, model: ModelServer):
        model.calls(("1", "current_time", "{}"))
        url = connector.paste(picture("PNG"))

        await bot.personal().show("When was this?", pasted_picture(url))

        first, second = (request["messages"][1] for request in model.requests)
        assert first == second and first["content"][1]["type"] == "image_url"


class TestSize:
    async def test_of_a_small_picture_stays_the_same(self, bot: Bot, connector: Connector, model: ModelServer):
        url = connector.paste(save(noise(300, 200), "PNG"))

        await bot.personal().show("What is this?", pasted_picture(url))

        [(_, seen)] = shown(model)
        assert seen.tobytes() == noise(300, 200).tobytes()

    @pytest.mark.slow
    @pytest.mark.parametrize("mode", ["RGB", "RGBA"])
    async def test_is_limited_by_the_operator(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, mode: str
    ):
        url = connector.paste(save(noise(900, 600, mode), "PNG"))

        async with run_bot(environment | {"MAX_PICTURE_BYTES": "20000"}, connector) as bot:
            await bot.personal().show("What is this?", pasted_picture(url))

        [(media_type, seen)] = shown(model)
        assert media_type == "image/jpeg"
        assert 5_000 < len(data(urls(model)[0])) <= 20_000
        assert 0 < seen.width < 900 and seen.width / seen.height == pytest.approx(1.5, rel=0.05)

    async def test_of_a_long_picture_is_reduced_for_the_model(self, bot: Bot, connector: Connector, model: ModelServer):
        url = connector.paste(picture("JPEG", (4000, 100)))

        await bot.personal().show("What is this?", pasted_picture(url))

        [(_, seen)] = shown(model)
        assert seen.size == (2048, 51)

    @pytest.mark.slow
    async def test_of_a_48_megapixel_photo_is_reduced_for_the_model(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        url = connector.paste(picture("JPEG", (8064, 6048)))

        await bot.personal().show("What is this?", pasted_picture(url))

        [(_, seen)] = shown(model)
        assert seen.size == (2048, 1536)

    @pytest.mark.slow
    async def test_of_a_24_megapixel_webp_is_reduced_for_the_model(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        url = connector.paste(save(Image.new("RGB", (6000, 4000), "teal"), "WEBP", method=0))

        await bot.personal().show("What is this?", pasted_picture(url))

        [(_, seen)] = shown(model)
        assert seen.size == (2048, 1365)

    # Pillow warns from 89 million pixels on, and refuses twice as many.
    @pytest.mark.slow
    @pytest.mark.parametrize(("side", "format"), [(5_100, "PNG"), (10_000, "PNG"), (14_000, "PNG"), (7_100, "JPEG")])
    async def test_of_a_bomb_is_checked_before_it_is_unpacked(
        self, bot: Bot, connector: Connector, model: ModelServer, side: int, format: str
    ):
        bomb = save(Image.new("1", (side, side)), format)
        assert len(bomb) < 1_000_000

        reply = await bot.personal().show("", pasted_picture(connector.paste(bomb)))

        assert reply == line("attachment-too-large", names="`picture`")
        assert not model.requests


class TestWhatIsShown:
    async def test_stands_upright(self, bot: Bot, connector: Connector, model: ModelServer):
        image = Image.new("RGB", (60, 40), "white")
        image.paste("black", (0, 0, 30, 40))
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned clockwise
        url = connector.paste(save(image, "JPEG", exif=exif))

        await bot.personal().show("What is this?", pasted_picture(url))

        [(_, seen)] = shown(model)
        assert seen.size == (40, 60)
        assert seen.getpixel((20, 5)) == (0, 0, 0) and seen.getpixel((20, 55)) == (255, 255, 255)

    @pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
    async def test_does_not_contain_the_place_where_it_was_taken(
        self, bot: Bot, connector: Connector, model: ModelServer, format: str
    ):
        exif = Image.Exif()
        exif[0x010E] = "at home"  # ImageDescription
        url = connector.paste(picture(format, exif=exif, comment="at home"))

        await bot.personal().show("What is this?", pasted_picture(url))

        [(_, seen)] = shown(model)
        assert b"at home" not in data(urls(model)[0])
        assert not seen.getexif()

    async def test_is_as_bright_as_it_was_with_sixteen_bits(self, bot: Bot, connector: Connector, model: ModelServer):
        gray = Image.new("I;16", (9, 9), 0x8000)

        await bot.personal().show("What is this?", pasted_picture(connector.paste(save(gray, "PNG"))))

        [(_, seen)] = shown(model)
        assert seen.getpixel((4, 4)) == (128, 128, 128)

    async def test_is_transparent_where_it_was(self, bot: Bot, connector: Connector, model: ModelServer):
        url = connector.paste(save(Image.new("RGBA", (9, 9), (255, 0, 0, 100)), "WEBP", lossless=True))

        await bot.personal().show("What is this?", pasted_picture(url))

        [(media_type, seen)] = shown(model)
        assert media_type == "image/png" and seen.getpixel((4, 4)) == (255, 0, 0, 100)

    async def test_is_the_first_frame_of_an_animation(self, bot: Bot, connector: Connector, model: ModelServer):
        frames = [Image.new("RGB", (9, 9), color) for color in ("red", "blue")]
        url = connector.paste(save(frames[0], "GIF", save_all=True, append_images=frames[1:]))

        await bot.personal().show("What is this?", pasted_picture(url))

        [(_, seen)] = shown(model)
        assert seen.convert("RGB").getpixel((4, 4)) == (255, 0, 0)

    async def test_is_decided_by_the_content_not_the_name(self, bot: Bot, files: FileServer, model: ModelServer):
        url = files.put("notes.txt", picture("PNG"))

        await bot.personal().show("What is this?", attached_file(url, "notes.txt"))

        assert len(shown(model)) == 1


class TestWhatCannotBeShown:
    @pytest.mark.parametrize("content", [picture("JPEG")[:300], b"\x89PNG\r\n\x1a\n and so on", b"no picture"])
    async def test_is_reported_when_it_is_damaged(
        self, bot: Bot, files: FileServer, model: ModelServer, content: bytes
    ):
        url = files.put("holiday.jpg", content)

        reply = await bot.personal().show("", attached_file(url, "holiday.jpg"))

        assert reply == line("attachment-damaged", names="`holiday.jpg`")
        assert not model.requests

    @pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", save(noise(9, 9), "TIFF")])
    async def test_is_reported_with_the_formats_that_can_be_read(
        self, bot: Bot, connector: Connector, model: ModelServer, content: bytes
    ):
        reply = await bot.personal().show("", pasted_picture(connector.paste(content)))

        assert reply == line("attachment-unsupported", names="`picture`")
        assert not model.requests

    async def test_is_reported_when_its_url_is_empty(self, bot: Bot, model: ModelServer):
        reply = await bot.personal().show("", pasted_picture("data:image/png;base64,!"))

        assert reply == line("attachment-damaged", names="`picture`")


class TestHistory:
    async def test_keeps_the_name_of_a_picture_and_the_text(self, bot: Bot, files: FileServer, model: ModelServer):
        conversation = bot.personal()
        url = files.put("holiday.png", picture("PNG"))
        model.answers("A beach.")
        await conversation.show("What is this?", attached_file(url, "holiday.png"))

        await conversation.ask("Where?")

        assert model.messages()[1:] == [
            ("user", "What is this?\n\n[picture 0a1b2c3d: holiday.png]"),
            ("assistant", "A beach."),
            ("user", "Where?"),
        ]

    async def test_keeps_no_bytes_of_a_picture(self, bot: Bot, connector: Connector, model: ModelServer, disk: Disk):
        await bot.personal().show("What is this?", pasted_picture(connector.paste(picture("PNG"))))

        dump = disk.dump()
        assert "[picture 0a1b2c3d: picture]" in dump
        assert urls(model)[0][-40:] not in dump and "base64" not in dump


# The errors of servers for a picture to a model that takes none: OpenAI and Azure, OpenRouter, DeepSeek,
# Groq, vLLM in two versions, llama.cpp, Ollama, LM Studio, Cloudflare, Z.ai.
BLIND = [
    (400, "Invalid content type. image_url is only supported by certain models."),
    (404, "No endpoints found that support image input"),
    (422, "Failed to deserialize the JSON body: messages[1]: unknown variant `image_url`, expected `text`"),
    (400, "for 'role:user' the following must be satisfied[('messages.1.content' : value must be a string)]"),
    (400, "At most 0 image(s) may be provided in one prompt."),
    (400, "llama is not a multimodal model"),
    (500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"),
    (500, "this model is missing data required for image input"),
    (400, "Model does not support images. Please use a model that does."),
    (400, "this model does not support image input"),
    (400, "Image input is not enabled for this model"),
]


class TestModelThatCannotSee:
    @pytest.mark.parametrize(("status", "message"), BLIND)
    async def test_is_asked_once_and_the_user_is_told(
        self, bot: Bot, connector: Connector, model: ModelServer, status: int, message: str
    ):
        model.refuses_for_now(status, "invalid_request_error", message=message)
        url = connector.paste(picture("PNG"))

        reply = await bot.personal().show("What is this?", pasted_picture(url))

        assert incident_in(reply, "model-without-vision")
        assert len(model.requests) == 1

    @pytest.mark.parametrize("message", ["Invalid image data.", "image exceeds 5 MB maximum", "Too many images: 10"])
    async def test_is_not_assumed_when_a_server_refuses_one_picture(
        self, bot: Bot, connector: Connector, model: ModelServer, message: str
    ):
        model.refuses(400, "invalid_request_error", message)

        reply = await bot.personal().show("What is this?", pasted_picture(connector.paste(picture("PNG"))))

        assert incident_in(reply, "model-rejected-request")

    async def test_is_not_assumed_when_no_picture_was_sent(self, bot: Bot, model: ModelServer):
        model.refuses(400, "invalid_request_error", "messages[0].content must be a string")

        assert incident_in(await bot.personal().show("Hi"), "model-rejected-request")

    async def test_answers_the_next_message(self, bot: Bot, connector: Connector, model: ModelServer):
        conversation = bot.personal()
        model.refuses(400, "invalid_request_error", BLIND[0][1])
        await conversation.show("What is this?", pasted_picture(connector.paste(picture("PNG"))))

        assert await conversation.ask("Hi") == "OK."

        assert model.messages()[1:] == [("user", "Hi")]
