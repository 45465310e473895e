//! `init`: a first go-offline.toml.

use super::args::{Arguments, InitArgs};
use super::output::Output;
use super::wrapped::request;
use crate::profile::schema;
use crate::report::Exit;
use crate::run::{
    ConfigChoice, Failure, Outcome, Surroundings, Target, WriteNewError, first_config, gather,
    lint_codes, write_new,
};

const SETTINGS: &str = "go-offline.toml";
const SCHEMA: &str = "go-offline.schema.json";

pub(super) fn run(
    arguments: &Arguments,
    init: &InitArgs,
    surroundings: Surroundings,
    output: &Output,
) -> Result<Outcome, Failure> {
    // A file that is there, and may be wrong, is not what this is about.
    let mut request = request(arguments, Target::Nothing);
    request.config = ConfigChoice::Off;
    // Nor is the profile that is to be written: GO_OFFLINE_PROFILE may name it already.
    request.choice.profile = Some("auto".to_owned());
    let scene = gather(surroundings, &request)?;
    let (Some(project), Some(vendor)) = (&scene.project, &scene.vendor) else {
        let dir = scene.surroundings.dir.display();
        return Err(Failure::config(anyhow::anyhow!(
            "no go.mod or go.work at or above {dir}: run `go-offline mod init MODULE` first"
        )));
    };
    let text = first_config(project, vendor, &scene.user);
    if init.stdout {
        output.data(&text)?;
        return Ok(Outcome::Own(Exit::Ok));
    }
    let path = project.root.join(SETTINGS);
    write_new(&path, &text).map_err(|error| match error {
        WriteNewError::Exists(_) => Failure::io(anyhow::anyhow!(
            "{error}; `go-offline init --stdout` prints what would be written"
        )),
        error => Failure::io(error),
    })?;
    output.data(&format!("wrote {}\n", project.shown(&path).display()))?;
    let schema_path = project.root.join(SCHEMA);
    match write_new(&schema_path, &schema(&lint_codes())) {
        Ok(()) => output.data(&format!("wrote {}\n", project.shown(&schema_path).display()))?,
        // One of an earlier time does as well.
        Err(WriteNewError::Exists(_)) => {}
        Err(error) => return Err(Failure::io(error)),
    }
    output.data("next: `go-offline profile list`, `go-offline profile show ci`\n")?;
    Ok(Outcome::Own(Exit::Ok))
}
