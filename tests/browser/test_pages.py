"""Every page and tab, light and dark: it shows, complains of nothing, asks nobody else, and hinders nobody."""

import re

import pytest
from playwright.sync_api import expect

TABS = ("timeline", "drift", "quality", "retrains", "backtest", "ledger", "about")


def test_the_overview_shows_all_models(looking, theme):
    looking.open("/plugin/models", theme)
    looking.picture(f"overview-{theme}")
    expect(looking.page.locator("html")).to_have_class(re.compile(theme))
    expect(looking.page.get_by_text("503 models")).to_be_visible()
    assert looking.hindrances() == []


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_a_model(looking, theme, tab):
    looking.open(f"/plugin/models/tiny?tab={tab}", theme)
    looking.picture(f"model-{tab}-{theme}")
    expect(looking.page.get_by_role("tabpanel")).to_be_visible()
    assert looking.hindrances() == []


def test_the_tab_of_a_dag_is_its_models_page(looking):
    looking.open("/dags/tiny__monitoring/plugin/model")
    looking.picture("dag-tab")
    expect(looking.page.locator(".leeway").get_by_role("tablist")).to_be_visible()


def test_the_tab_of_another_dag_says_so(looking):
    looking.open("/dags/leeway__maintenance/plugin/model")
    expect(looking.page.locator(".leeway")).to_contain_text("belongs to no model")


def test_the_models_are_in_airflows_navigation(looking):
    looking.open("/")
    looking.page.get_by_role("link", name="Models").click()
    expect(looking.page.get_by_role("heading", name="Models")).to_be_visible()


def test_the_overview_is_searched_sorted_filtered_and_paged_by_its_address(looking):
    looking.open("/plugin/models")
    page = looking.page
    page.get_by_role("searchbox").fill("asking")
    expect(page).to_have_url(re.compile("search=asking"))
    expect(page.get_by_role("link", name="asking", exact=True)).to_be_visible()
    expect(page.get_by_text("1 model", exact=True)).to_be_visible()
    looking.open("/plugin/models?page=3&sort=model")
    expect(page.locator("table tbody tr")).to_have_count(25)


def test_a_model_that_is_not_there_is_told_kindly(browser, stack):
    from looking import Looking

    with Looking.at(browser, stack) as window:
        window.open("/plugin/models/nobody")
        window.picture("no-such-model")
        expect(window.page.locator(".leeway")).to_contain_text("SPEC007")


def test_why_it_retrained_and_whether_it_was_worth_it_is_three_clicks_away(looking):
    looking.open("/")
    page = looking.page
    page.get_by_role("link", name="Models").click()
    page.get_by_role("searchbox").fill("tiny")  # there are 503 of them
    page.get_by_role("link", name="tiny", exact=True).click()
    page.get_by_role("row").filter(has_text="Retrain").first.get_by_role("button").first.click()
    panel = page.get_by_role("complementary")
    expect(panel).to_contain_text("Was it worth it?")
    looking.settle()
    looking.picture("why")
    assert looking.hindrances() == []
    expect(page).to_have_url(re.compile("window="))


def test_a_cell_of_the_drift_map_opens_both_distributions(looking):
    looking.open("/plugin/models/tiny?tab=drift")
    page = looking.page
    page.get_by_role("button", name="Table").first.click()
    page.get_by_role("table").first.get_by_role("button").first.click()
    looking.settle()
    looking.picture("column")
    expect(page).to_have_url(re.compile("column="))
