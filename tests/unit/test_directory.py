import pytest

from openwebui_chat_client.resources._directory import ignored, scan
from openwebui_chat_client.resources._saving import safe_name

CASES = [  # path, is it a directory, patterns, is it left out?
    ("a.log", False, ["*.log"], True),
    ("deep/er/a.log", False, ["*.log"], True),
    ("a.logs", False, ["*.log"], False),
    ("build", True, ["build/"], True),
    ("build", False, ["build/"], False),
    ("deep/build", True, ["build/"], True),
    ("build", True, ["/build"], True),
    ("deep/build", True, ["/build"], False),
    ("docs/a.md", False, ["docs/*.md"], True),
    ("docs/deep/a.md", False, ["docs/*.md"], False),
    ("docs/deep/a.md", False, ["docs/**/*.md"], True),
    ("docs/a.md", False, ["docs/**/*.md"], True),
    ("docs/deep/er/a.md", False, ["docs/**"], True),
    ("notes/b.txt", False, ["[ab].txt"], True),
    ("c.txt", False, ["?.txt"], True),
    ("keep.log", False, ["*.log", "!keep.log"], False),
    ("keep.log", False, ["!keep.log", "*.log"], True),
    (".git", True, [".*"], True),
    ("a.B", False, ["*.b"], False),
    ("x", False, [], False),
]

NAMES = [  # what the server says, what it is called on disk
    ("report.pdf", "report.pdf"),
    ("Ä ö 日本.txt", "Ä ö 日本.txt"),
    ("../../etc/passwd", "passwd"),
    ("..\\..\\windows\\system.ini", "system.ini"),
    ("/etc/passwd", "passwd"),
    ("C:\\x.txt", "x.txt"),
    ("C:x.txt", "C_x.txt"),
    ("..", "otherwise"),
    (".", "otherwise"),
    ("", "otherwise"),
    ("dir/", "otherwise"),
    ("  . ", "otherwise"),
    (".bashrc", "bashrc"),
    ("a\x00b\nc.txt", "a_b_c.txt"),
    ('a<b>c:"d|e?f*.txt', "a_b_c__d_e_f_.txt"),
    ("CON", "_CON"),
    ("nul.txt", "_nul.txt"),
    ("com1", "_com1"),
    ("console.txt", "console.txt"),
    ("name. ", "name"),
]


@pytest.mark.parametrize(("path", "is_directory", "patterns", "left_out"), CASES)
def test_patterns_read_as_those_of_a_gitignore(path, is_directory, patterns, left_out):
    assert ignored(path, patterns, is_directory=is_directory) is left_out


@pytest.mark.parametrize(("name", "safe"), NAMES)
def test_a_servers_name_becomes_a_plain_file_name(name, safe):
    assert safe_name(name, "otherwise") == safe


@pytest.mark.parametrize("name", ["x" * 300 + ".txt", "ü" * 300 + ".txt", "x." + "y" * 300, "x" * 300])
def test_a_long_name_is_cut_and_keeps_a_short_ending(name):
    safe = safe_name(name, "otherwise")
    assert len(safe.encode()) <= 200
    assert safe.endswith(".txt") == name.endswith(".txt")


def test_a_directory_is_read_with_its_checksums_and_without_what_is_hidden(tmp_path):
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    (tmp_path / "b.txt").write_text("b")
    (tmp_path / "sub" / "deep" / "a.txt").write_text("a")
    found = scan(tmp_path)
    assert [(file.path, file.parent, file.name, file.size) for file in found.files] == [
        ("b.txt", "", "b.txt", 1),
        ("sub/deep/a.txt", "sub/deep", "a.txt", 1),
    ]
    assert found.files[1].checksum == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert found.manifest[1] == {
        "path": "sub/deep",
        "filename": "a.txt",
        "checksum": found.files[1].checksum,
        "size": 1,
    }


def test_what_is_hidden_can_be_taken_back(tmp_path):
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "ci.yml").write_text("x")
    assert [file.path for file in scan(tmp_path, "!.github").files] == [".github/ci.yml"]


def test_empty_files_and_second_copies_are_left_out_with_a_word(tmp_path):
    for name, content in {"a.txt": "same", "b.txt": "same", "c.txt": ""}.items():
        (tmp_path / name).write_text(content)
    found = scan(tmp_path)
    assert [file.path for file in found.files] == ["a.txt"]
    assert {one.item: one.error for one in found.skipped} == {
        "b.txt": "it has the same content as a.txt",
        "c.txt": "it is empty",
    }


def test_links_to_directories_are_not_followed(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("x")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("a")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "broken").symlink_to(tmp_path / "nothing")
    assert [file.path for file in scan(tmp_path / "in").files] == ["a.txt"]


def test_a_directory_without_anything_for_a_knowledge_base_is_refused(tmp_path):
    (tmp_path / "empty.txt").touch()
    with pytest.raises(ValueError, match="nothing in"):
        scan(tmp_path)
    with pytest.raises(ValueError, match="a directory is needed"):
        scan(tmp_path / "empty.txt")
    with pytest.raises(ValueError, match="a directory is needed"):
        scan("")
    with pytest.raises(FileNotFoundError, match="there is no directory"):
        scan(tmp_path / "missing")
