async def test_of_two_hundred_files_with_a_bad_one_all_others_go_in(keyed, title, tmp_path):
    base = await keyed.knowledge.create(title)
    for number in range(200):
        (tmp_path / f"{number}.txt").write_text(f"Note number {number}: {number * number} owls.")
    (tmp_path / "77.txt").write_text("  \n")
    seen = []
    wanted = [tmp_path / f"{number}.txt" for number in range(200)]
    report = await keyed.knowledge.upload_all(base.id, wanted, progress=lambda *step: seen.append(step))
    assert sorted(seen) == [(number, 200) for number in range(1, 201)]
    assert [(one.item, "content provided is empty" in one.error) for one in report.failed] == [(str(wanted[77]), True)]
    good = [path.name for path in wanted if path.name != "77.txt"]
    assert [file.filename for file in report.succeeded] == good
    assert sorted([file.filename async for file in keyed.knowledge.iter_files(base.id)]) == sorted(good)
    assert len(await keyed.knowledge.files(base.id, page=1)) == 30
    hit, *_ = await keyed.knowledge.query(base.id, "Note number 123: 15129 owls.", limit=1)
    assert hit.file_name == "123.txt"
