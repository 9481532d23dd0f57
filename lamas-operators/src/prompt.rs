//! The prompts: one minijinja template a request and domain, as files under `prompts/`, built into the binary.
//!
//! A set is checked as a whole when it is loaded, so that a broken template is an error before anything is paid for. What
//! is put into a template is never read as one: a statement may hold braces, backslashes and template marks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lamas_core::capped;
use lamas_core::chat::Message;
use lamas_core::problem::Domain;
use lamas_core::wording::closest;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

/// What is asked of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// A direct answer.
    Generate,
    /// An answer reasoned step by step.
    GenerateCot,
    /// Which of the lettered options is the most consistent.
    ScEnsemble,
    /// A review of a solution, and its rewriting.
    SelfRefine,
    /// A program that computes the answer.
    Program,
    /// The same after a try that failed.
    ProgramRetry,
    /// A solution from a program's output.
    WriteUp,
    /// A reflection on failed tests, and a rewritten program.
    Reflect,
}

/// One template as built in.
struct Template {
    prompt: Prompt,
    domain: Domain,
    file: &'static str,
    source: &'static str,
    /// What it is given, and has to use.
    variables: &'static [&'static str],
}

macro_rules! template {
    ($prompt:ident, $domain:ident, $file:literal, $($variable:literal),+) => {
        Template {
            prompt: Prompt::$prompt,
            domain: Domain::$domain,
            file: $file,
            source: include_str!(concat!("../prompts/", $file)),
            variables: &[$($variable),+],
        }
    };
}

const TEMPLATES: [Template; 12] = [
    template!(Generate, Maths, "generate.maths.j2", "statement"),
    template!(Generate, Code, "generate.code.j2", "statement"),
    template!(GenerateCot, Maths, "generate_cot.maths.j2", "statement"),
    template!(GenerateCot, Code, "generate_cot.code.j2", "statement"),
    template!(ScEnsemble, Maths, "sc_ensemble.maths.j2", "statement", "options"),
    template!(ScEnsemble, Code, "sc_ensemble.code.j2", "statement", "options"),
    template!(SelfRefine, Maths, "self_refine.maths.j2", "statement", "solution"),
    template!(SelfRefine, Code, "self_refine.code.j2", "statement", "solution"),
    template!(Program, Maths, "program.maths.j2", "statement"),
    template!(ProgramRetry, Maths, "program_retry.maths.j2", "statement", "program", "error"),
    template!(WriteUp, Maths, "write_up.maths.j2", "statement", "program", "output"),
    template!(Reflect, Code, "reflect.code.j2", "statement", "solution", "failure"),
];

/// Why a set of prompts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// The folder or a file in it cannot be read.
    #[error(
        "cannot read prompts from {}: {source}; give a folder with templates such as generate.maths.j2, or leave it out",
        path.display()
    )]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file in the folder replaces no template.
    #[error("{} replaces no prompt{}; there are {}", path.display(), suggestion(nearest.as_deref()), known.join(", "))]
    UnknownFile {
        /// The file.
        path: PathBuf,
        /// The template that it may have been meant for.
        nearest: Option<String>,
        /// The templates that there are.
        known: Vec<&'static str>,
    },
    /// A template does not parse or does not render.
    #[error("{place}:{line}: {message}")]
    Broken {
        /// The file.
        place: String,
        /// The line in it.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A template uses a variable that it is not given.
    #[error("{place}:{line}: unknown variable `{name}`{}; this prompt is given {}", suggestion(nearest.as_deref()), known.join(", "))]
    UnknownVariable {
        /// The file.
        place: String,
        /// The line in it.
        line: usize,
        /// The variable.
        name: String,
        /// The variable that may have been meant.
        nearest: Option<String>,
        /// The variables that it is given.
        known: Vec<&'static str>,
    },
    /// A template leaves out what it is given: the model could not do what is asked of it.
    #[error("{place}: the prompt nowhere uses its variable `{name}`; put {{{{ {name} }}}} where it belongs")]
    UnusedVariable {
        /// The file.
        place: String,
        /// The variable.
        name: &'static str,
    },
    /// There is no such template.
    #[error("there is no {prompt:?} prompt for {domain:?} problems")]
    Missing {
        /// What was to be asked.
        prompt: Prompt,
        /// For which domain.
        domain: Domain,
    },
}

/// The remedy for a name that may have been mistyped.
pub(crate) fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!(" (did you mean `{nearest}`?)"))
}

/// A checked set of prompts, for all operators and domains.
#[derive(Debug)]
pub struct Prompts {
    environment: Environment<'static>,
}

impl Prompts {
    /// The built-in prompts; each file of the folder, if one is given, replaces the one of its name.
    ///
    /// # Errors
    /// When a file cannot be read or replaces nothing, or a template does not parse, uses a variable that it is not given,
    /// or leaves one out.
    pub fn load(folder: Option<&Path>) -> Result<Self, PromptError> {
        let overrides = folder.map_or_else(|| Ok(Vec::new()), overrides)?;
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.expect("the default marks are distinct"));
        for template in &TEMPLATES {
            let replaced = overrides.iter().find(|(file, ..)| *file == template.file);
            let (place, source) = match replaced {
                Some((_, path, source)) => (path.display().to_string(), source.clone()),
                None => (format!("built-in prompt {}", template.file), template.source.to_owned()),
            };
            add(&mut environment, template, &place, source)?;
        }
        Ok(Self { environment })
    }

    /// The message that asks this of a problem of this domain.
    ///
    /// # Errors
    /// When there is no such template or a value that it needs is missing.
    pub fn render(&self, prompt: Prompt, domain: Domain, values: Value) -> Result<Message, PromptError> {
        let template = TEMPLATES
            .iter()
            .find(|template| template.prompt == prompt && template.domain == domain)
            .ok_or(PromptError::Missing { prompt, domain })?;
        self.environment
            .get_template(template.file)
            .and_then(|found| found.render(values))
            .map(Message::user)
            .map_err(|error| broken(template.file, &error))
    }

    /// The file name and the source of every template in use, in order of name: what a manifest has to hold.
    pub fn sources(&self) -> impl Iterator<Item = (&'static str, String)> {
        TEMPLATES.iter().map(|template| {
            let used = self.environment.get_template(template.file).expect("every template was added when loading");
            (template.file, used.source().to_owned())
        })
    }
}

/// The files of a folder that replace templates: template, path, source.
fn overrides(folder: &Path) -> Result<Vec<(&'static str, PathBuf, String)>, PromptError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| PromptError::Read { path, source }
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(unreadable(folder))?;
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(template) = TEMPLATES.iter().find(|template| template.file == name) else {
            let known: Vec<_> = TEMPLATES.iter().map(|template| template.file).collect();
            let nearest = closest(&name, known.iter().copied()).map(ToOwned::to_owned);
            return Err(PromptError::UnknownFile { path, nearest, known });
        };
        let source = fs::File::open(&path).and_then(|file| capped::text(file, capped::MOST_OF_A_TEXT));
        let source = source.map_err(unreadable(&path))?;
        // Some editors put a mark before the text, which is no part of the prompt.
        let source = source.strip_prefix('\u{feff}').map_or(source.clone(), ToOwned::to_owned);
        found.push((template.file, path, source));
    }
    Ok(found)
}

/// Adds one template once it has parsed, been checked for its variables, and rendered on trial.
fn add(
    environment: &mut Environment<'static>,
    template: &Template,
    place: &str,
    source: String,
) -> Result<(), PromptError> {
    environment.add_template_owned(template.file, source).map_err(|error| broken(place, &error))?;
    let added = environment.get_template(template.file).map_err(|error| broken(place, &error))?;
    let used = added.undeclared_variables(false);
    let mut unknown: Vec<&String> = used
        .iter()
        .filter(|name| !template.variables.contains(&name.as_str()))
        .filter(|name| !environment.globals().any(|(global, _)| global == name.as_str()))
        .collect();
    unknown.sort();
    if let Some(name) = unknown.first() {
        return Err(PromptError::UnknownVariable {
            place: place.to_owned(),
            line: line_of(added.source(), name),
            name: (*name).clone(),
            nearest: closest(name, template.variables.iter().copied()).map(ToOwned::to_owned),
            known: template.variables.to_vec(),
        });
    }
    if let Some(name) = template.variables.iter().find(|name| !used.contains(**name)) {
        return Err(PromptError::UnusedVariable { place: place.to_owned(), name });
    }
    added.render(trial(template)).map_err(|error| broken(place, &error))?;
    Ok(())
}

/// Values of the right kinds, for a rendering that shows errors which parsing does not.
fn trial(template: &Template) -> Value {
    let value = |name: &str| match name {
        "options" => Value::from(vec![context! { letter => "A", text => "text" }]),
        _ => Value::from("text"),
    };
    template.variables.iter().map(|name| (*name, value(name))).collect::<BTreeMap<_, _>>().into()
}

fn broken(place: &str, error: &minijinja::Error) -> PromptError {
    let message = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    PromptError::Broken { place: place.to_owned(), line: error.line().unwrap_or(1), message }
}

/// The first line that names this variable, counted from 1.
fn line_of(source: &str, name: &str) -> usize {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let named = |line: &str| line.split(|c| !word(c)).any(|token| token == name);
    source.lines().position(named).map_or(1, |index| index + 1)
}
