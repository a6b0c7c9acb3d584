//! What is typed about a person is read by no spelling help, which may send it to the browser's maker: on no page of the desk, nor
//! without script, nor in the widget.

use std::path::{Path, PathBuf};

/// Fields into which nobody types a text.
const CHOSEN: [&str; 11] = [
    "hidden",
    "checkbox",
    "radio",
    "date",
    "datetime-local",
    "submit",
    "file",
    "number",
    "time",
    "month",
    "week",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The tags of fields, as they stand in a template; what is filled in may hold a `>`.
fn fields(text: &str) -> Vec<String> {
    let starts = ["<input", "<textarea"].into_iter().flat_map(|tag| text.match_indices(tag).map(|it| it.0));
    let tag = |at: usize| {
        let (mut tag, mut filled) = (String::new(), 0_usize);
        let mut before = ' ';
        for letter in text[at..].chars() {
            match (before, letter) {
                ('{', '%' | '{') => filled += 1,
                ('%' | '}', '}') => filled = filled.saturating_sub(1),
                (_, '>') if filled == 0 => break,
                _ => {}
            }
            tag.push(letter);
            before = letter;
        }
        tag
    };
    starts.map(tag).collect()
}

#[test]
fn no_field_for_text_is_read_by_spelling_help() {
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut pages, mut seen) = (Vec::new(), 0);
    for folder in ["templates/desk", "templates/plain"] {
        files(&server.join(folder), &mut pages);
    }
    for page in pages {
        for field in fields(&std::fs::read_to_string(&page).unwrap()) {
            let is_chosen = CHOSEN.iter().any(|it| field.contains(&format!("type=\"{it}\"")));
            let is_unread = field.contains("spellcheck=\"false\"") && field.contains("autocorrect=\"off\"");
            assert!(is_chosen || is_unread, "{}: {field}", page.display());
            seen += usize::from(!is_chosen);
        }
    }
    assert!(30 < seen, "{seen}");
    // The widget makes all of them by one function.
    let mut sources = Vec::new();
    files(&server.join("../app/src"), &mut sources);
    let mut made = 0;
    for source in sources {
        let text = std::fs::read_to_string(&source).unwrap();
        for tag in ["\"input\", ", "\"textarea\", "] {
            let plain = text.matches(&format!("el({tag}\"")).count();
            let chosen = text.matches(&format!("el({tag}\"oc-choice__input\")")).count();
            assert_eq!(plain, chosen, "{}: {tag}", source.display());
            made += text.matches(&format!("unread({tag}")).count();
        }
    }
    assert_eq!(made, 2);
    let field = std::fs::read_to_string(server.join("../app/src/ui/fields.rs")).unwrap();
    assert!(field.contains("el(tag, name).set(\"spellcheck\", \"false\").set(\"autocorrect\", \"off\")"));
}
