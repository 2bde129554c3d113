"""`ortstyle devices`: list the devices, whether they are ready, and what to install."""

import json
from typing import Annotated, Any

import typer
from typer import Argument, Option

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
    from ortstyle.runtime.availability import onnxruntime_packages, why_unavailable  # noqa: PLC0415
    from ortstyle.runtime.device_lookup import automatic_devices, find_device  # noqa: PLC0415
    from ortstyle.runtime.devices import DEVICES  # noqa: PLC0415

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

    table = Table("device", "hardware")
    table.add_column("state", overflow="fold")
    for row in rows:
        device, fault = row["device"], row["missing"] or row.get("fault")
        state = Text(printable(fault)) if fault else Text("ready", "green")
        if "error" in row and not fault:
            opened = "" if row["opened"] == device.name else f" as {row['opened']}"
            state.append(
                f"{opened}, {row['seconds'] * 1e3:.0f} ms, gradient within {row['error']:.0e}, "
                f"losses within {row['loop_error']:.0e}"
            )
        table.add_row(Text(device.name), Text(device.hardware), state)
    open_console().print(table)
    if clash:
        names = " ".join(clash)
        typer.echo(
            f"{len(clash)} packages overwrite each other's onnxruntime: pip uninstall -y {names}, "
            "then install the one for your device"
        )
