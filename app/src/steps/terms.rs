//! The terms in full, with an index, and the plain points beside their articles. The Japanese text is shown unchanged
//! in every language: it governs.

use precheck_shared::api::{ArticleView, TermsView};
use precheck_shared::terms::changed_lines;

use crate::js::call;
use crate::signal::State;
use crate::state::App;
use crate::ui::{View, bare_button, button, dynamic, el, group, nothing, notice, text, words};

/// The whole document.
pub(crate) fn document(app: App) -> View {
    let Some(terms) = app.terms.get() else { return app.words("p", "oc-loading", "load.loading") };
    let open = State::new(false);
    let mut index = el("ol", "oc-terms__list").set("lang", "ja");
    let mut body = group("oc-terms__body")
        .follow("data-open", move || Some(if open.get() { "true" } else { "false" }.to_owned()));
    for it in &terms.articles {
        if let Some(heading) = it.lines.iter().find(|it| it.kind == "heading" || it.kind == "title") {
            let anchor = it.anchor.clone();
            let go = button("oc-link", &heading.text, move || open_article(app, &anchor));
            index.add(el("li", "").with(go));
        }
        body.add(article(app, it));
    }
    let index = el("nav", "oc-terms__index")
        .set("aria-label", app.t("terms.index"))
        .with(app.words("p", "oc-terms__label", "terms.index"))
        .with(index);
    // Open, the terms are read from their beginning; closed, they have drawn the button far up.
    let toggle = bare_button("oc-button oc-button--plain")
        .follow("aria-expanded", move || Some(if open.get() { "true" } else { "false" }.to_owned()))
        .with(dynamic(move || text(app.t(if open.get() { "terms.less" } else { "terms.more" }))))
        .press(move || {
            open.update(|it| *it = !*it);
            app.root.focus(if open.get_now() { ".oc-terms__heading" } else { ".oc-terms > button" });
        });
    let governs =
        if app.texts().language() == "ja" { nothing() } else { app.words("p", "oc-hint", "terms.governs") };
    group("oc-terms").with(governs).with(index).with(body).with(toggle)
}

fn article(app: App, article: &ArticleView) -> View {
    let mut wording = group("oc-terms__text").set("lang", "ja");
    for line in &article.lines {
        let text = &line.text;
        wording.add(match line.kind.as_str() {
            "title" | "heading" => {
                words("h3", "oc-terms__heading", text).set("tabindex", "-1").set("id", &article.anchor)
            }
            "paragraph" => words("p", "oc-terms__line oc-terms__line--paragraph", text),
            "item" => words("p", "oc-terms__line oc-terms__line--item", text),
            _ => words("p", "oc-terms__line", text),
        });
    }
    // Our own words, marked as such: the article's text alone counts.
    let point = app.t_or(&format!("point.{}", article.clause), "");
    let beside = if point.is_empty() {
        nothing()
    } else {
        group("oc-terms__point")
            .with(app.words("p", "oc-terms__label", "terms.point"))
            .with(words("p", "oc-text", point))
    };
    group("oc-terms__article").with(wording).with(beside)
}

/// Opens the document and brings an article into view.
pub(crate) fn open_article(app: App, anchor: &str) {
    if let Some(toggle) = app.root.find(".oc-terms__body[data-open=false] ~ button") {
        call(&toggle, "click", &[]);
    }
    app.root.focus_first(vec![["#", anchor].concat()]);
}

/// Article 11: what a revision changed since the version that was agreed to, article by article.
pub(crate) fn changes(app: App) -> View {
    let Some(before) = app.superseded.get() else { return nothing() };
    let Some(now) = app.terms.get() else { return nothing() };
    let mut told = notice("warn", &app.fill("change.heading", &[("id", &now.id)]));
    for change in changed_lines(&lines(before), &lines(now)) {
        let of = |terms: &'static TermsView| {
            let article = terms.articles.iter().find(|it| it.anchor == change.place)?;
            article.lines.first().map(|it| it.text.as_str())
        };
        let heading = of(now).or_else(|| of(before)).unwrap_or_default();
        let mut article =
            group("oc-change").set("lang", "ja").with(words("h3", "oc-change__heading", heading));
        for line in &change.removed {
            article.add(changed(app, "del", "change.removed", line));
        }
        for line in &change.added {
            article.add(changed(app, "ins", "change.added", line));
        }
        told.add(article);
    }
    told
}

/// Every line with the article that it stands in.
fn lines(terms: &TermsView) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for article in &terms.articles {
        for line in &article.lines {
            lines.push((article.anchor.clone(), line.text.clone()));
        }
    }
    lines
}

fn changed(app: App, tag: &'static str, key: &str, line: &str) -> View {
    el("p", "oc-change__line").with(app.words("span", "oc-change__mark", key)).with(words(
        tag,
        "oc-change__text",
        line,
    ))
}
