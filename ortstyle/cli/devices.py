"""`ortstyle devices`: list the devices, whether they are ready, and what to install."""

import json
from typing import Annotated, Any

import typer
from typer import Argument, Option

from ortstyle.cli.messages import show
from ortstyle.report.printable import printable


def devices(
    name: Annotated[str | None, Argument(help="List only this device.", metavar="[NAME]")] = None,
    *,
    check: Annotated[
        bool,
        Option(
            "--check",
            help="Test each ready device: compare a gradient and a short optimisation with the "
            "processor's.",
        ),
    ] = False,
    as_json: Annotated[bool, Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """List the devices, whether each is ready, and what to install if it is not."""
    from ortstyle.runtime.availability import why_unavailable  # noqa: PLC0415
    from ortstyle.runtime.device_lookup import automatic_devices, find_device  # noqa: PLC0415
    from ortstyle.runtime.devices import DEVICES  # noqa: PLC0415
    from ortstyle.runtime.installation import onnxruntime_packages  # noqa: PLC0415

    chosen = (
        DEVICES
        if name is None
        else [find_device(name)]
        if name != "auto"
        else automatic_devices()[:1]
    )
    rows: list[dict[str, Any]] = [{"device": d, "missing": why_unavailable(d)} for d in chosen]
    if check:
        from ortstyle.run.probe import check_device  # noqa: PLC0415  loads onnx

        for row in rows:
            if row["missing"] is None:
                row.update(check_device(row["device"]))
    clash = onnxruntime_packages()
    if as_json:
        _print_json(rows, clash)
    else:
        _print_table(rows, clash if len(clash) > 1 else [])
    if name and any(row["missing"] or row.get("fault") for row in rows):
        raise typer.Exit(1)


def _print_json(rows: list[dict[str, Any]], installed: list[str]) -> None:
    plain = [
        {"name": row["device"].name, "provider": row["device"].provider}
        | {key: value for key, value in row.items() if key != "device"}
        for row in rows
    ]
    typer.echo(json.dumps({"devices": plain, "onnxruntime": installed}, indent=2))


def _print_table(rows: list[dict[str, Any]], clash: list[str]) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from ortstyle.report.console import open_console  # noqa: PLC0415

    advice: dict[tuple[str, ...], list[str]] = {}
    table = Table("device", "hardware")
    table.add_column("state", overflow="fold")
    for row in rows:
        device, missing = row["device"], row["missing"]
        fault = missing or row.get("fault")
        if missing and (steps := _steps_in(missing, device)):
            fault = missing.removesuffix("; " + ", then ".join(steps))
            advice.setdefault(tuple(steps), []).append(device.name)
        state = Text(printable(fault)) if fault else Text("ready", "green")
        if "error" in row and not fault:
            opened = "" if row["opened"] == device.name else f" as {row['opened']}"
            state.append(
                f"{opened}, {row['seconds'] * 1e3:.0f} ms, gradient within {row['error']:.0e}, "
                f"losses within {row['loop_error']:.0e}"
            )
        table.add_row(Text(device.name), Text(device.hardware), state)
    open_console().print(table)
    for commands, names in advice.items():
        show(f"to use {' or '.join(names)}:")
        for step in commands:
            show(f"    {step}")
    if clash:
        found = " ".join(clash)
        typer.echo(
            f"{len(clash)} packages overwrite each other's onnxruntime: pip uninstall -y {found}, "
            "then install the one for your device"
        )


def _steps_in(missing: str, device: Any) -> list[str]:
    """Return the commands that a reason ends with, which a table's column would break."""
    from ortstyle.runtime.availability import install_steps  # noqa: PLC0415

    for anew in (False, True):
        steps = install_steps(device, anew=anew)
        if missing.endswith("; " + ", then ".join(steps)):
            return steps
    return []
