//! The proxies of a profile that stands on `proxy`: its own, else the user's without a way around.

use super::builtin::Closure;
use super::chain::{Chain, Link, origin_of};
use super::config::ConfigError;
use super::goenv::Origin;
use super::resolved::Decision;
use super::select::SelectError;
use super::user_env::UserEnv;

/// The value of GOPROXY; empty for a profile that stands on something else.
///
/// # Errors
/// There is no proxy, or one is named in a profile that has no use for it.
pub(super) fn proxies(
    chain: &Chain<'_>,
    user: &UserEnv,
    decisions: &mut Vec<Decision>,
) -> Result<String, SelectError> {
    let of_file = chain.proxy();
    if chain.base.closure != Closure::Proxy {
        return match of_file {
            Some((link, proxy)) => {
                let message = format!(
                    "`proxy` is for profiles that inherit `proxy`; this one inherits `{}`",
                    chain.base.name
                );
                let error = ConfigError::at(&link.config.file, &proxy.span, message);
                Err(SelectError::Config(vec![error.help("write `inherits = \"proxy\"`")]))
            }
            None => Ok(String::new()),
        };
    }
    // Two words on one thing: the wall and `private-leak` look at `proxy`.
    if let Some(error) = chain.links.iter().find_map(|link| second_word(link, "proxy")) {
        return Err(SelectError::Config(vec![error]));
    }
    if let Some((link, proxy)) = of_file {
        decisions.push(Decision::plain("proxy", &proxy.value, origin_of(link.config, proxy)));
        return Ok(proxy.value.clone());
    }
    let (goproxy, origin) = match user.get("GOPROXY") {
        Some((value, origin)) => (value.to_string_lossy().into_owned(), origin),
        None => (String::new(), Origin::Environment),
    };
    let kept = without_direct(&goproxy);
    if kept.is_empty() {
        return Err(SelectError::NoProxy { goproxy });
    }
    decisions.push(Decision::plain("proxy", &kept, origin));
    Ok(kept)
}

/// A GOPROXY of a profile that has `proxy` or `bundle` for that.
pub(super) fn second_word(link: &Link<'_>, key: &str) -> Option<ConfigError> {
    let entry = link.table.env.iter().find(|entry| entry.name.value == "GOPROXY")?;
    let message = format!("`GOPROXY` follows from `{key}` where that is inherited");
    let error = ConfigError::at(&link.config.file, &entry.name.span, message);
    Some(error.help(format!("write `{key} = …` beside `inherits`")))
}

/// The proxies of a GOPROXY without `direct` and `off`, which are what this profile shuts out.
fn without_direct(goproxy: &str) -> String {
    let mut kept = String::new();
    // The separator before an entry says when go falls back to it.
    for entry in goproxy.split_inclusive([',', '|']) {
        let (url, separator) = match entry.strip_suffix([',', '|']) {
            Some(url) => (url, &entry[url.len()..]),
            None => (entry, ""),
        };
        if !matches!(url.trim(), "" | "direct" | "off") {
            kept.push_str(url.trim());
            kept.push_str(separator);
        }
    }
    kept.trim_end_matches([',', '|']).to_owned()
}
