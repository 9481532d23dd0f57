//! What is an error before anything is paid for: broken prompts and names that stand for no operator.

use std::fs;

use lamas_core::operator::Role;
use lamas_core::problem::Domain;
use lamas_operators::prompt::Prompts;
use tempfile::TempDir;

use crate::support::all;

/// A folder with one file.
fn folder(name: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), text).expect("a file");
    folder
}

/// Why a folder with this one file is refused, its path taken out.
fn refused(name: &str, text: &str) -> String {
    let folder = folder(name, text);
    let error = Prompts::load(Some(folder.path())).expect_err("the folder is refused").to_string();
    error.replace(&folder.path().display().to_string(), "prompts")
}

#[test]
fn a_file_replaces_the_prompt_of_its_name_and_no_other() {
    let folder = folder("generate.maths.j2", "Q: {{ statement }}\nA:\n");
    let built_in: Vec<_> = Prompts::load(None).unwrap().sources().collect();
    let replaced: Vec<_> = Prompts::load(Some(folder.path())).unwrap().sources().collect();
    let changed: Vec<&str> =
        built_in.iter().zip(&replaced).filter(|(a, b)| a != b).map(|(_, (file, _))| *file).collect();
    assert_eq!(changed, ["generate.maths.j2"]);
    assert_eq!(replaced[0], ("generate.maths.j2", "Q: {{ statement }}\nA:\n".to_owned()));
}

#[test]
fn the_prompts_built_in_are_the_files_of_the_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/prompts");
    let mut files: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let mut known: Vec<&str> = Prompts::load(None).unwrap().sources().map(|(file, _)| file).collect();
    known.sort_unstable();
    assert_eq!(files, known);
}

#[test]
fn broken_prompts_are_refused_with_file_and_line() {
    insta::assert_snapshot!(refused("generate.math.j2", "x"), @"prompts/generate.math.j2 replaces no prompt (did you mean `generate.maths.j2`?); there are generate.maths.j2, generate.code.j2, generate_cot.maths.j2, generate_cot.code.j2, sc_ensemble.maths.j2, sc_ensemble.code.j2, self_refine.maths.j2, self_refine.code.j2, program.maths.j2, program_retry.maths.j2, write_up.maths.j2, reflect.code.j2");
    insta::assert_snapshot!(refused("generate.maths.j2", "Solve:\n{{ statement }\n"), @"prompts/generate.maths.j2:2: syntax error: unexpected `}`, expected end of variable block");
    insta::assert_snapshot!(refused("generate.maths.j2", "Solve:\n{{ statment }}\n"), @"prompts/generate.maths.j2:2: unknown variable `statment` (did you mean `statement`?); this prompt is given statement");
    insta::assert_snapshot!(refused("self_refine.code.j2", "Improve {{ solution }}"), @"prompts/self_refine.code.j2: the prompt nowhere uses its variable `statement`; put {{ statement }} where it belongs");
    insta::assert_snapshot!(refused("generate.code.j2", "{{ statement }}\n{{ statement | shout }}"), @"prompts/generate.code.j2:2: unknown filter: filter shout is unknown");
    insta::assert_snapshot!(
        refused("sc_ensemble.maths.j2", "{{ statement }}\n{% for o in options %}\n{{ o.lettre }}\n{% endfor %}"), @"prompts/sc_ensemble.maths.j2:3: undefined value"
    );
}

#[test]
fn a_folder_that_is_not_there_is_refused() {
    let error = Prompts::load(Some("no/such/folder".as_ref())).unwrap_err().to_string();
    assert!(error.starts_with("cannot read prompts from no/such/folder: "), "{error}");
}

#[test]
fn each_domain_has_seven_operators_in_the_order_of_the_actions() {
    let names = |domain| all(domain).iter().map(|operator| operator.name().to_string()).collect::<Vec<_>>();
    let with =
        |own| ["generate", "generate_cot", "multi_generate_cot", "sc_ensemble", "self_refine", own, "early_stop"];
    assert_eq!(names(Domain::Maths), with("programmer"));
    assert_eq!(names(Domain::Code), with("test"));
}

#[test]
fn what_the_controller_embeds_differs_and_roles_are_as_documented() {
    let operators = all(Domain::Maths);
    let mut descriptions: Vec<&str> = operators.iter().map(|operator| operator.description()).collect();
    descriptions.sort_unstable();
    descriptions.dedup();
    assert_eq!(descriptions.len(), 7);
    let roles: Vec<Role> = operators.iter().map(|operator| operator.role()).collect();
    use Role::{Generate, Refine, Select, Stop};
    assert_eq!(roles, [Generate, Generate, Generate, Select, Refine, Generate, Stop]);
}
