"""The page of settings, from the models that check them at synth."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from greenroom.domain.wire import rule_of
from greenroom.providers.catalogue import BUILT_IN, settings_of
from greenroom_cdk.settings import Settings
from tools.reference.fields import Definitions, type_of
from tools.reference.markdown import code, sections, sentence, table

_HEAD = """# Settings

Every setting of a deployment: in `cdk.json`, or `-c name=value`. Synth checks each by the rule that stands here;
[deploy.md](../deploy.md#settings) explains how they are given. A list is a JSON list in `cdk.json`, or `a,b` after
`-c`."""


def page() -> str:
    of_providers = [
        sections(f"## Of the provider `{name}`", _table(model)) for name in BUILT_IN if (model := settings_of(name))
    ]
    return sections(_HEAD, "## Of every deployment", _table(Settings), *of_providers)


def meanings(model: type[BaseModel]) -> Mapping[str, str]:
    """The docstring of each field, which stands below it in the source."""
    (found,) = ast.parse(inspect.getsource(model)).body
    body = found.body if isinstance(found, ast.ClassDef) else []
    return {
        field.target.id: after.value.value
        for field, after in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str)
    }


def _table(model: type[BaseModel]) -> str:
    schema = model.model_json_schema(by_alias=True)
    definitions = Definitions(schema.get("$defs", {}))
    said = meanings(model)
    rows = [
        [
            code(to_camel(name))
            if "default" in schema["properties"][to_camel(name)]
            else f"**{code(to_camel(name))}**",
            _default(schema["properties"][to_camel(name)]),
            _rule(rule_of(field), schema["properties"][to_camel(name)], definitions),
            _in_camel_case(sentence(said.get(name)), model),
        ]
        for name, field in model.model_fields.items()
    ]
    return table(["setting", "default", "rule", "meaning"], rows)


def _default(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    if default in (None, []):
        return "" if "default" not in schema else "none"
    shown = str(default).lower() if isinstance(default, bool) else default
    return code(shown) if not isinstance(shown, list) else ", ".join(code(one) for one in shown)


def _rule(words: str | None, schema: Mapping[str, Any], definitions: Definitions) -> str:
    return words.removeprefix("must be ") if words else type_of(schema, definitions)


def _in_camel_case(words: str, model: type[BaseModel]) -> str:
    """`subnet_ids` → `subnetIds`, where it is a setting: docstrings speak to who reads the code."""
    names = "|".join(model.model_fields)
    return re.sub(rf"`({names})`", lambda found: code(to_camel(found[1])), words)
