import pytest

from openwebui_chat_client.resources._scripts import body, checked_id, front_matter, read_source, same_source

FRONT = '"""\ntitle: Weather: today\n  description:  Tells it \nlicence : no\nRequired_Version: 1\nnone\n"""\nx = 1\n'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (FRONT, {"title": "Weather: today", "description": "Tells it", "Required_Version": "1"}),
        (FRONT.replace("\n", "\r\n"), {"title": "Weather: today", "description": "Tells it", "Required_Version": "1"}),
        ("", {}),
        ("x = 1", {}),
        ('"""title: x\n"""', {}),
        ("'''\ntitle: x\n'''", {}),
        ('\n"""\ntitle: x\n"""', {}),
        ('  """  \ntitle: x', {"title": "x"}),
        ('"""\ntitle: x\nauthor: """y"""\nz: 1', {"title": "x"}),
    ],
)
def test_front_matter_is_read_as_the_server_reads_it(content, expected):
    assert front_matter(content) == expected


@pytest.mark.parametrize(
    ("name", "content", "given", "expected"),
    [
        ("weather.py", "x = 1", None, "weather"),
        ("My-Tool 2.py", "x = 1", None, "my_tool_2"),
        ("weather.py", '"""\nid: climate\n"""', None, "climate"),
        ("weather.py", '"""\nid: climate\n"""', "Given", "given"),
    ],
)
def test_the_id_is_given_or_in_the_front_matter_or_the_files_name(tmp_path, name, content, given, expected):
    file = tmp_path / name
    file.write_text(content)
    assert read_source(file, given) == (expected, content)


@pytest.mark.parametrize(
    ("name", "content", "given"),
    [
        ("a.py", b" \n", None),
        ("a.py", b"\xff", None),
        ("1.py", b"x = 1", None),
        ("a.py", b"x = 1", "a-b"),
        ("a.py", b"x = 1", "1a"),
        ("a.py", b'"""\nid: a b\n"""', None),
        ("---.py", b"x = 1", None),
    ],
)
def test_what_makes_no_script_is_refused(tmp_path, name, content, given):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ValueError):
        read_source(file, given)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.py"):
        read_source(tmp_path / "nothing.py", None)


@pytest.mark.parametrize("script_id", ["", "a b", "a-b", "1a", "a/b", "..", None])
def test_an_id_that_the_server_refuses_is_refused(script_id):
    with pytest.raises(ValueError, match="id has letters"):
        checked_id(script_id)


@pytest.mark.parametrize(
    ("content", "stored", "same"),
    [
        ("x = 1", "x = 1", True),
        ("x = 1", "x = 2", False),
        ("x = 1", None, False),
        ("from utils.misc import x", "from open_webui.utils.misc import x", True),
        ("from open_webui.utils import x", "from open_webui.utils import x", True),
        (
            "from apps import x\nfrom main import y",
            "from open_webui.apps import x\nfrom open_webui.main import y",
            True,
        ),
        ("# taken from config", "# taken from open_webui.config", True),
    ],
)
def test_a_source_is_the_same_if_the_server_would_store_the_same(content, stored, same):
    assert same_source(content, stored) is same


STORED = {"name": "Stored", "content": "old", "meta": {"description": "Old", "manifest": {"a": 1}, "mine": 2}}


@pytest.mark.parametrize(
    ("content", "said", "current", "expected"),
    [
        ("x = 1", {}, None, ("i", "x = 1", {"description": ""})),
        (FRONT, {}, None, ("Weather: today", FRONT, {"description": "Tells it"})),
        (FRONT, {"name": "N", "description": ""}, None, ("N", FRONT, {"description": ""})),
        ("x = 1", {}, STORED, ("Stored", "x = 1", STORED["meta"])),
        (FRONT, {}, STORED, ("Weather: today", FRONT, {**STORED["meta"], "description": "Tells it"})),
        (None, {"description": "New"}, STORED, ("Stored", "old", {**STORED["meta"], "description": "New"})),
        (None, {"name": "N"}, {**STORED, "content": FRONT}, ("N", FRONT, STORED["meta"])),
    ],
)
def test_what_is_not_said_comes_from_a_new_source_or_stays(content, said, current, expected):
    made = body("i", content, current=current, **said)
    assert (made["name"], made["content"], made["meta"]) == expected
    assert made.keys() == {"id", "name", "content", "meta"}


def test_a_message_goes_along():
    assert body("i", None, name="n", message="m", current=STORED)["commit_message"] == "m"
