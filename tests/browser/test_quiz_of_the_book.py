"""The questions as the book has them: each is upgraded, and takes the answer of its own key."""

import json


def test_every_question_of_the_book_takes_its_own_answer(page_name, site, visit):
    page, watch = visit(site + page_name)
    for asked in page.locator("form.nn-question").all():
        assert asked.get_attribute("data-ready") == "", asked.get_attribute("data-error")
        fill_from_key(asked, json.loads(asked.locator("script.nn-key").text_content())["answer"])
        asked.get_by_role("button", name="Check").click()
        assert (asked.get_attribute("id"), asked.get_by_role("status").inner_text().strip()) == (
            asked.get_attribute("id"),
            "Right.",
        )
    assert watch.problems() == []


def fill_from_key(asked, key):
    """Give the right answer as the key of the form has it."""
    if asked.locator("[name=answer]").count():
        for value in key if isinstance(key, list) else [key]:
            option = asked.locator(f'[name=answer][value="{value}"]')
            if option.count():
                option.check()
            else:
                asked.locator("input[name=answer]").fill(str(value))
        return
    parts = {item: str(place) for place, item in enumerate(key, 1)} if isinstance(key, list) else key
    for part, want in parts.items():
        wanted = (
            want if isinstance(want, str) else want.get("choice") or want.get("words", [str(want.get("number"))])[0]
        )
        control = asked.locator(f'[name="{part}"]')
        if control.evaluate("element => element.tagName") == "SELECT":
            control.select_option(wanted)
        else:
            control.fill(wanted)
