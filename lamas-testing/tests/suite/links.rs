//! Every link of a document leads somewhere: to a file of the repository, and where it names a heading, to one that is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A document's own headings, as links name them, and where its links lead.
#[derive(Default)]
struct Document {
    anchors: BTreeSet<String>,
    links: Vec<String>,
}

impl Document {
    fn read(text: &str) -> Document {
        let mut document = Document::default();
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    document.anchors.extend(heading.take().map(|heading| anchor(&heading)));
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push(dest_url.into_string());
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        document
    }
}

/// A heading as the common hosts of repositories turn it into an anchor: lower case, blanks to hyphens, other marks dropped.
fn anchor(heading: &str) -> String {
    let kept = |letter: char| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        letter if letter.is_alphanumeric() => Some(letter.to_ascii_lowercase()),
        _ => None,
    };
    heading.chars().filter_map(kept).collect()
}

/// What is wrong with the links of the document at `path`, a line each.
fn broken(path: &Path) -> Vec<String> {
    let read = |path: &Path| Document::read(&std::fs::read_to_string(path).expect("a document is text"));
    let document = read(path);
    let wrong = |link: &&String| {
        if link.contains("://") || link.starts_with("mailto:") {
            return false;
        }
        let (file, heading) = link.split_once('#').unwrap_or((link, ""));
        let target =
            if file.is_empty() { path.to_path_buf() } else { path.parent().expect("a file has a folder").join(file) };
        !target.exists() || !heading.is_empty() && !read(&target).anchors.contains(heading)
    };
    document.links.iter().filter(wrong).map(|link| format!("{}: {link}", path.display())).collect()
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry of a folder").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !matches!(name, "target" | "runs") && !name.starts_with('.') {
                documents(&path, found);
            }
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

#[test]
fn every_link_of_every_document_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut found = Vec::new();
    documents(root, &mut found);
    found.sort();
    assert!(found.iter().any(|path| path.ends_with("README.md")) && found.len() > 15, "{found:?}");
    let broken: Vec<String> = found.iter().flat_map(|path| broken(path)).collect();
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn a_link_to_no_file_or_to_no_heading_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("page.md");
    let text = "# One `two` - three\n[a](other.md) [b](#one-two---three) [c](#four) [d](https://example.org/x.md) ![e](f.png)\n";
    std::fs::write(&page, text).expect("written");
    std::fs::write(folder.path().join("here.md"), "# Here\n").expect("written");
    let names: Vec<String> =
        broken(&page).iter().map(|line| line.rsplit(' ').next().unwrap_or_default().to_owned()).collect();
    assert_eq!(names, ["other.md", "#four", "f.png"]);
}
