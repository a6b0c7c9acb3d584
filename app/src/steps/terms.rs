//! The terms in full, with an index, and the plain points beside their articles. The Japanese text is shown unchanged
//! in every language: it governs.

use precheck_shared::api::{ArticleView, TermsView};
use precheck_shared::terms::changed_lines;

use crate::signal::State;
use crate::state::App;
use crate::ui::{Attributes, View, button, class, dynamic, el, group, nothing, notice, text, words};

/// The whole document.
pub(crate) fn document(app: App) -> View {
    let Some(terms) = app.terms.get() else { return words("p", "oc-loading", app.t("load.loading")) };
    let open = State::new(false);
    let index = terms.articles.iter().filter_map(|article| {
        let heading = article.lines.iter().find(|it| it.kind == "heading" || it.kind == "title")?;
        let anchor = article.anchor.clone();
        let go = button("oc-link", heading.text.clone(), move || open_article(app, &anchor));
        Some(el("li", Attributes::default(), vec![go]))
    });
    let index = el(
        "nav",
        class("oc-terms__index").set("aria-label", app.t("terms.index")),
        vec![
            words("p", "oc-terms__label", app.t("terms.index")),
            el("ol", class("oc-terms__list").set("lang", "ja"), index.collect()),
        ],
    );
    let articles = terms.articles.iter().map(|it| article(app, it)).collect();
    let body = el(
        "div",
        class("oc-terms__body").follow("data-open", Box::new(move || Some(open.get().to_string()))),
        articles,
    );
    let toggle = dynamic(move || {
        let label = if open.get() { "terms.less" } else { "terms.more" };
        let attributes = class("oc-button oc-button--plain")
            .set("type", "button")
            .set("aria-expanded", open.get().to_string())
            .on("click", Box::new(move |_| open.update(|it| *it = !*it)));
        el("button", attributes, vec![text(app.t(label))])
    });
    let governs = if app.is_japanese() { nothing() } else { words("p", "oc-hint", app.t("terms.governs")) };
    group("oc-terms", vec![governs, index, body, toggle])
}

fn article(app: App, article: &ArticleView) -> View {
    let lines = article.lines.iter().map(|line| match line.kind.as_str() {
        "title" | "heading" => {
            let heading = class("oc-terms__heading").set("tabindex", "-1").set("id", article.anchor.clone());
            el("h3", heading, vec![text(line.text.clone())])
        }
        "paragraph" => words("p", "oc-terms__line oc-terms__line--paragraph", line.text.clone()),
        "item" => words("p", "oc-terms__line oc-terms__line--item", line.text.clone()),
        _ => words("p", "oc-terms__line", line.text.clone()),
    });
    let wording = el("div", class("oc-terms__text").set("lang", "ja"), lines.collect());
    // Our own words, marked as such: the article's text alone counts.
    let key = format!("point.{}", article.clause);
    let point = app.t(&key);
    let beside = if point == key {
        nothing()
    } else {
        el(
            "aside",
            class("oc-terms__point"),
            vec![words("p", "oc-terms__label", app.t("terms.point")), words("p", "oc-text", point)],
        )
    };
    group("oc-terms__article", vec![wording, beside])
}

/// Opens the document and brings an article into view.
pub(crate) fn open_article(app: App, anchor: &str) {
    if let Some(toggle) = app.root.find(".oc-terms__body[data-open=false] ~ button") {
        toggle.click();
    }
    app.root.focus_first(vec![format!("#{anchor}")]);
}

/// Article 11: what a revision changed since the version that was agreed to, article by article.
pub(crate) fn changes(app: App) -> View {
    let Some(before) = app.superseded.get() else { return nothing() };
    let Some(now) = app.terms.get() else { return nothing() };
    let lines = |terms: &TermsView| -> Vec<(String, String)> {
        let of = |article: &ArticleView| {
            let anchor = article.anchor.clone();
            article.lines.iter().map(move |line| (anchor.clone(), line.text.clone())).collect::<Vec<_>>()
        };
        terms.articles.iter().flat_map(of).collect()
    };
    let changes = changed_lines(&lines(&before), &lines(&now)).into_iter().map(|change| {
        let heading = [&*now, &*before].iter().find_map(|terms| {
            let article = terms.articles.iter().find(|it| it.anchor == change.place)?;
            article.lines.first().map(|it| it.text.clone())
        });
        let mut pieces = vec![words("h4", "oc-change__heading", heading.unwrap_or_default())];
        pieces.extend(change.removed.into_iter().map(|it| changed(app, "del", "change.removed", it)));
        pieces.extend(change.added.into_iter().map(|it| changed(app, "ins", "change.added", it)));
        el("div", class("oc-change").set("lang", "ja"), pieces)
    });
    notice("warn", app.fill("change.heading", &[("id", &now.id)]), changes.collect())
}

fn changed(app: App, tag: &'static str, key: &str, line: String) -> View {
    el(
        "p",
        class("oc-change__line"),
        vec![words("span", "oc-change__mark", app.t(key)), words(tag, "oc-change__text", line)],
    )
}
