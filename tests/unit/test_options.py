import pytest

from openwebui_chat_client._arguments import KEEP
from openwebui_chat_client.turns.images import mime_of
from openwebui_chat_client.turns.options import wanted

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


@pytest.fixture
def files(tmp_path):
    (tmp_path / "a.jpg").write_bytes(PNG)
    (tmp_path / "b.txt").write_text("text")
    return tmp_path


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a..", "image/gif"),
        (b"GIF87a..", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"BM\0\0", "image/bmp"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"\0\0\0\x20ftypavif", "image/avif"),
        (b"\0\0\0\x20ftypheic", "image/heic"),
        (b"\0\0\0\x20ftypmp42", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_an_image_is_known_by_its_first_bytes(head, mime):
    assert mime_of(head) == mime


def test_an_image_has_the_type_of_its_content_not_of_its_name(files):
    (image,) = wanted("q", "T", {"image_paths": files / "a.jpg"}).images
    assert image.mime == "image/png"
    assert image.name == "a.png"
    assert image.data_url().startswith("data:image/png;base64,iVBORw0KGgo")


def test_one_path_and_one_string_count_as_a_list_of_one(files):
    want = wanted(
        "q", "T", {"rag_files": str(files / "b.txt"), "tags": "a", "tool_ids": ("t",), "rag_collections": {"k"}}
    )
    assert (want.rag_files, want.tags, want.tool_ids, want.collections) == ((files / "b.txt",), ("a",), ("t",), ("k",))


def test_options_that_are_none_are_as_good_as_left_out():
    names = ["model_id", "folder_name", "image_paths", "tags", "rag_files", "rag_collections", "tool_ids", "files"]
    assert wanted("q", "T", dict.fromkeys(names)) == wanted("q", "T", {})


def test_a_parent_of_none_is_a_new_beginning_and_no_parent_goes_on():
    assert wanted("q", "T", {}).parent_id is KEEP
    assert wanted("q", "T", {"parent_id": None}).parent_id is None


def test_an_image_alone_is_a_question_too(files):
    assert wanted("", "T", {"image_paths": files / "a.jpg"}).question == ""


@pytest.mark.parametrize(
    ("title", "options", "words"),
    [
        (None, {}, "one of the two"),
        ("T", {"chat_id": "c"}, "one of the two"),
        ("T", {"tags": ["a", "None"]}, "untagged"),
        ("T", {"tags": ["a", ""]}, "none of them empty"),
        ("T", {"tool_ids": [""]}, "none of them empty"),
        ("T", {"system_prompt": " "}, "system_prompt"),
        ("T", {"files": [{"type": "file"}]}, "a type, and an id"),
        ("T", {"files": [""]}, "a file's id"),
        (None, {"temporary": True, "folder_name": "F"}, "kept nowhere"),
        (None, {"temporary": True, "tags": "a"}, "kept nowhere"),
    ],
)
def test_options_that_cannot_be_are_refused(title, options, words):
    with pytest.raises(ValueError, match=words):
        wanted("q", title, options)


def test_an_unknown_option_is_a_type_error():
    with pytest.raises(TypeError, match="no such option: colour"):
        wanted("q", "T", {"colour": "red"})


@pytest.mark.parametrize("option", ["image_paths", "rag_files"])
def test_a_file_that_is_not_there_is_refused(files, option):
    with pytest.raises(FileNotFoundError, match=r"gone\.png"):
        wanted("q", "T", {option: files / "gone.png"})
    with pytest.raises(FileNotFoundError):
        wanted("q", "T", {option: files})


def test_what_is_no_image_is_refused(files):
    with pytest.raises(ValueError, match=r"b\.txt' is not an image"):
        wanted("q", "T", {"image_paths": files / "b.txt"})


def test_a_parallel_turn_needs_models():
    assert wanted("q", "T", {}, model_ids=["a", "a"]).model_ids == ("a", "a")
    assert wanted("q", "T", {}, model_ids="a").model_ids == ("a",)
    with pytest.raises(ValueError, match="at least one model"):
        wanted("q", "T", {}, model_ids=[])
