"""Which columns of its parents each column of a dbt model is made from, for the UI's column lineage.

sqlglot reads it off the compiled SQL, five seconds for all models; what it found is kept beside the manifest, for every
installation of this checkout, and is asked for again only when the SQL or a column has changed.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator

from revenue_assets.assets.column_origins import column_origins
from revenue_assets.assets.dbt_manifest import MANIFEST
from revenue_assets.assets.kept import keep, kept
from revenue_assets.stack.process import exclusively

_FILE = "column_lineage"

Columns = Mapping[tuple[str, str], Sequence[dg.TableColumn]]
Kept = dict[str, dict[str, Any]]


def column_lineage(
    models: Sequence[Mapping[str, Any]],
    columns: Columns,
    manifest: Mapping[str, Any],
    translator: DagsterDbtTranslator,
    compiled: Mapping[str, str],
    database: str,
) -> dict[str, dg.TableColumnLineage]:
    """The lineage of each model, by unique id, as `compiled` is; a model that sqlglot cannot read has none."""
    here = _manifest_of(manifest, database)
    lineages: dict[str, dg.TableColumnLineage] = {}
    with _alone():
        known: Kept = kept(_FILE)
        is_new = False
        for model in models:
            unique_id = model["unique_id"]
            query = compiled.get(unique_id)
            if not query:
                continue
            text = query.replace(f'"{database}".', "")
            fingerprint = _fingerprint(text, _known(model, columns, manifest))
            if known.get(unique_id, {}).get("fingerprint") != fingerprint:
                found = _read_off(query, here["nodes"][unique_id], columns, here, translator)
                is_new = True
                known[unique_id] = {"fingerprint": fingerprint, "columns": found}
            lineages[unique_id] = _lineage(known[unique_id]["columns"])
        if is_new:
            keep(_FILE, known)
    return lineages


def _alone() -> contextlib.AbstractContextManager[None]:
    """Two that begin at once would read the same off twice; in a checkout that cannot be written to both do."""
    lock = MANIFEST.with_name("column_lineage.lock")
    return exclusively(lock) if os.access(lock.parent, os.W_OK) else contextlib.nullcontext()


def _read_off(
    sql: str, model: Mapping[str, Any], columns: Columns, manifest: Mapping[str, Any], translator: DagsterDbtTranslator
) -> dict[str, list[list[Any]]]:
    """By column of the model, the columns that it is made from, as paths of assets and names; {} when unreadable."""
    own, *_ = known = _known(model, columns, manifest)
    found = column_origins(sql, known)
    parents = {parent["relation_name"]: parent["unique_id"] for parent in _parents(model, manifest)}
    made_from: dict[str, list[list[Any]]] = {name: [] for name in known[own]} if found else {}
    for column in made_from.keys() & found.keys():
        read = [(parents[table], name) for table, name in found[column] if table in parents]
        keys = [[list(translator.get_asset_spec(manifest, parent, None).key.path), name] for parent, name in read]
        made_from[column] = sorted(keys)
    return made_from


def _parents(model: Mapping[str, Any], manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    names = manifest["parent_map"][model["unique_id"]]
    return [manifest["nodes"].get(name) or manifest["sources"][name] for name in names]


def _known(model: Mapping[str, Any], columns: Columns, manifest: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Types of the columns of the model, first, and of its parents, by relation and name."""
    relations = [model, *_parents(model, manifest)]
    return {
        relation["relation_name"]: {
            column.name: column.type
            for column in columns.get((relation["schema"], relation.get("alias") or relation["identifier"]), ())
        }
        for relation in relations
    }


def _manifest_of(manifest: Mapping[str, Any], database: str) -> dict[str, Any]:
    """The manifest with its relations in this database: it was parsed without knowing any."""

    def moved(node: dict[str, Any]) -> dict[str, Any]:
        name = node.get("relation_name") or ""
        return node | {"relation_name": name.replace(f'"{node["database"]}"', f'"{database}"', 1)}

    nodes = {name: moved(node) for name, node in manifest["nodes"].items()}
    sources = {name: moved(node) for name, node in manifest["sources"].items()}
    return {**manifest, "nodes": nodes, "sources": sources}


def _fingerprint(compiled: str, known: Mapping[str, Mapping[str, Any]]) -> str:
    text = json.dumps([compiled, sorted(list(names) for names in known.values())])
    return hashlib.sha256(text.encode()).hexdigest()


def _lineage(columns: Mapping[str, Sequence[Sequence[Any]]]) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(asset_key=dg.AssetKey(path), column_name=name) for path, name in deps]
            for column, deps in columns.items()
        }
    )
