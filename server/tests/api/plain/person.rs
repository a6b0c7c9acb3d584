//! A person with a browser that runs no script: she sees a page, fills in its form, and presses a button that is there. What is
//! sent is what the page's own form holds, as browsers send it.

use axum::body::Body;
use axum::http::Method;
use precheck_shared::checklist::Item;

use crate::harness::{NAME, Reply, Server, request};

/// A page with its form, as filled in so far.
pub(crate) struct Person<'a> {
    pub(crate) server: &'a Server,
    pub(crate) reply: Reply,
    pub(crate) form: Vec<(String, String)>,
}

/// The attribute of a tag, with its entities read.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split_once('"')?.0;
    let mut read = value.to_owned();
    for (entity, letter) in [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&amp;", "&"),
        ("&#38;", "&"),
    ] {
        read = read.replace(entity, letter);
    }
    Some(read)
}

/// Every tag of a name, with what stands behind it.
fn tags<'a>(page: &'a str, name: &str) -> Vec<(&'a str, &'a str)> {
    let opens = format!("<{name} ");
    page.match_indices(&opens).filter_map(|(at, _)| page[at..].split_once('>')).collect()
}

/// What a browser would send of a page's form without a button.
pub(crate) fn form_of(page: &str) -> Vec<(String, String)> {
    let mut form = Vec::new();
    for (tag, _) in tags(page, "input") {
        let kind = attribute(tag, "type").unwrap();
        let is_on = !matches!(kind.as_str(), "radio" | "checkbox")
            || tag.ends_with(" checked")
            || tag.contains(" checked ");
        assert!(matches!(kind.as_str(), "radio" | "checkbox" | "hidden" | "text"), "{tag}");
        if is_on {
            form.push((attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap()));
        }
    }
    for (tag, rest) in tags(page, "select") {
        let options = rest.split_once("</select>").unwrap().0;
        let all = tags(options, "option");
        let chosen = all.iter().find(|it| it.0.contains(" selected")).unwrap_or(&all[0]);
        form.push((attribute(tag, "name").unwrap(), attribute(chosen.0, "value").unwrap()));
    }
    for (tag, rest) in tags(page, "textarea") {
        let value = rest.split_once("</textarea>").unwrap().0;
        form.push((attribute(tag, "name").unwrap(), value.strip_prefix('\n').unwrap_or(value).to_owned()));
    }
    form
}

pub(crate) fn encoded(form: &[(String, String)]) -> String {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form);
    body.finish()
}

/// Sends a form.
pub(crate) async fn post(server: &Server, path: &str, form: &[(String, String)]) -> Reply {
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("accept", "text/html"),
        ("host", "precheck.example.jp"),
    ];
    server.send(request(Method::POST, path, &headers).map(|_| Body::from(encoded(form)))).await
}

impl<'a> Person<'a> {
    /// Opens an address.
    pub(crate) async fn opens(server: &'a Server, address: &str) -> Self {
        let reply = server.get_with(address, &[("host", "precheck.example.jp")]).await;
        // The first page holds nothing of anybody.
        let is_first = address.split('?').next() == Some("/");
        assert_eq!(reply.header("cache-control"), if is_first { "no-cache" } else { "no-store" });
        Self::reads_page(server, reply)
    }

    /// Sends a form as it was, whatever page she is on.
    pub(crate) async fn posts(server: &'a Server, form: &[(String, String)]) -> Self {
        Self::sees(server, post(server, "/", form).await)
    }

    fn sees(server: &'a Server, reply: Reply) -> Self {
        assert_eq!(reply.header("cache-control"), "no-store");
        Self::reads_page(server, reply)
    }

    fn reads_page(server: &'a Server, reply: Reply) -> Self {
        assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
        let form = form_of(reply.text());
        Self { server, reply, form }
    }

    /// What stands on the page, for whoever reads that a test has failed.
    fn shown(&self) -> String {
        let (_, main) = self.text().split_once("<main").unwrap_or(("", self.text()));
        let words = main.split('<').filter_map(|it| it.split_once('>')).map(|it| it.1.trim());
        words.filter(|it| !it.is_empty()).take(60).collect::<Vec<_>>().join(" | ")
    }

    pub(crate) fn text(&self) -> &str {
        self.reply.text()
    }

    #[track_caller]
    pub(crate) fn reads(&self, words: &str) -> &Self {
        assert!(self.text().contains(words), "{words} does not stand on {}", self.shown());
        self
    }

    /// The step that is now.
    #[track_caller]
    pub(crate) fn is_at(&self, step: &str) -> &Self {
        let at = self.form.iter().find(|it| it.0 == "at").map(|it| it.1.as_str());
        assert_eq!(at, Some(step), "{}", self.shown());
        self
    }

    /// What a field holds.
    pub(crate) fn value(&self, name: &str) -> Vec<&str> {
        self.form.iter().filter(|it| it.0 == name).map(|it| it.1.as_str()).collect()
    }

    /// Types, chooses or ticks; the field has to be there.
    #[track_caller]
    pub(crate) fn enters(&mut self, name: &str, value: &str) -> &mut Self {
        assert!(self.text().contains(&format!(" name=\"{name}\"")), "no field {name}");
        self.form.retain(|it| it.0 != name);
        self.form.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Changes what she was never meant to change.
    pub(crate) fn forges(&mut self, name: &str, value: &str) -> &mut Self {
        self.form.retain(|it| it.0 != name);
        self.form.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The form as it would be sent by a button that is there.
    pub(crate) fn pressed(&self, name: &str, value: &str) -> Vec<(String, String)> {
        let button = tags(self.text(), "button").into_iter().find(|(tag, _)| {
            attribute(tag, "name").as_deref() == Some(name)
                && attribute(tag, "value").as_deref() == Some(value)
        });
        assert!(button.is_some(), "no button {name}={value}: {}", self.shown());
        let mut form = self.form.clone();
        form.push((name.to_owned(), value.to_owned()));
        form
    }

    /// Presses a button that is there.
    pub(crate) async fn presses(self, value: &str) -> Self {
        let form = self.pressed("go", value);
        let action = attribute(tags(self.text(), "form")[0].0, "action").unwrap();
        Self::sees(self.server, post(self.server, &action, &form).await)
    }

    /// Chooses a language.
    pub(crate) async fn reads_in(self, language: &str) -> Self {
        let form = self.pressed("language", language);
        let action = attribute(tags(self.text(), "form")[0].0, "action").unwrap();
        Self::sees(self.server, post(self.server, &action, &form).await)
    }

    /// Fields that are told to be wrong, in the order of the summary.
    pub(crate) fn faults(&self) -> Vec<String> {
        let summary = self.text().split_once("<ul class=\"oc-summary__list\">");
        let Some((_, rest)) = summary else { return Vec::new() };
        let list = rest.split_once("</ul>").unwrap().0;
        let told = |(tag, rest): (&str, &str)| {
            let code = attribute(tag, "data-code").unwrap();
            let field = rest.split_once("href=\"#").map(|it| it.1.split_once('"').unwrap().0);
            format!("{} {code}", field.filter(|_| rest.trim_start().starts_with("<a")).unwrap_or("-"))
        };
        tags(list, "li").into_iter().map(told).collect()
    }

    pub(crate) fn answers_conditions(&mut self) -> &mut Self {
        for name in ["registered", "equipped", "ongoing"] {
            self.enters(&format!("eligibility-{name}"), "yes");
        }
        self.enters("eligibility-need", "not_sure")
    }

    pub(crate) fn ticks_consents(&mut self) -> &mut Self {
        for name in ["no_recording", "own_cost", "cancellation", "records", "disclaimers", "damages"] {
            self.enters(&format!("consents-acknowledged-{name}"), "yes");
        }
        self.enters("consents-terms", "yes").enters("consents-app_terms", "yes")
    }

    pub(crate) fn answers_check(&mut self) -> &mut Self {
        for item in Item::ALL.into_iter().skip(2) {
            self.enters(&format!("checklist-{}", item.as_str()), "attested");
        }
        self.enters("checklist-app_ready", "by_the_day").enters("own_device", "yes")
    }

    pub(crate) fn fills_in_person(&mut self) -> &mut Self {
        self.enters("person-name", NAME)
            .enters("person-birth_date", "昭和60年4月1日")
            .enters("person-job_seeker_number", "０１２３４ー５６７８９０１")
    }

    /// Chooses a day and a time of it.
    pub(crate) async fn wishes_for(self, start: &str) -> Self {
        let day = self.presses(&format!("day {}", &start[..10])).await;
        day.is_at("booking");
        day.presses(&format!("wish {start}")).await
    }

    /// The whole way up to a step.
    pub(crate) async fn comes_to(server: &'a Server, step: &str, language: &str) -> Self {
        let mut person = Self::opens(server, &format!("/?lang={language}")).await;
        for (at, next) in
            [("conditions", "consent"), ("consent", "check"), ("check", "booking"), ("booking", "review")]
        {
            person.is_at(at);
            if at == step {
                return person;
            }
            match at {
                "conditions" => person.answers_conditions(),
                "consent" => person.ticks_consents(),
                "check" => person.answers_check(),
                _ => {
                    person.fills_in_person();
                    person =
                        person.wishes_for(crate::desk::START).await.wishes_for(crate::desk::SECOND).await;
                    &mut person
                }
            };
            person = person.presses("next").await;
            person.is_at(next);
            assert!(person.faults().is_empty(), "{:?}", person.faults());
        }
        person
    }

    /// Number and code of the receipt on the page.
    #[track_caller]
    pub(crate) fn receipt(&self) -> (String, String) {
        let value =
            |name| self.value(name).first().copied().unwrap_or_else(|| panic!("{}", self.shown())).to_owned();
        (value("number"), value("code"))
    }
}
