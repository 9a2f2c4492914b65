"""`philtrum export`: DICOM objects of an exam, and de-identified copies of DICOM files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from app.refusal import Refusal

PREVIEW = "say what would be written, and write nothing"
PICTURE = "with --preview: the first picture as it would be, as PNG"


def add_parser(subparsers: Any, text: str) -> None:
    parser = subparsers.add_parser("export", help=text, description=text)
    kinds = parser.add_subparsers(dest="kind", metavar="kind", required=True)
    dicom = kinds.add_parser("dicom", help="pictures, clips, segmentations and structured report of an exam")
    dicom.add_argument("exam", help="the exam's name, such as E-20260131-7KQ2, or its folder")
    dicom.add_argument(
        "--patient", type=Path, metavar="JSON", help="the order's (docs/dicom-out.md); without it, nobody's"
    )
    dicom.add_argument("--no-cines", action="store_true", help="leave the clips out")
    dicom.add_argument(
        "--segmentation",
        choices=("binary", "fractional", "none"),
        default="binary",
        help="of heat-maps (binary)",
    )
    dicom.add_argument("--model", type=Path, metavar="JSON", help="manifest of the model that was in use")
    files = kinds.add_parser("deidentify", help="copies of DICOM pictures and cines without the patient")
    files.add_argument("files", nargs="+", type=Path, metavar="FILE")
    files.add_argument(
        "--reviewed", action="store_true", help="the preview was looked at: write also where no fan was found"
    )
    for kind in (dicom, files):
        kind.add_argument("--out", type=Path, metavar="DIR", help="where the files go")
        kind.add_argument("--preview", action="store_true", help=PREVIEW)
        kind.add_argument("--picture", type=Path, metavar="PNG", help=PICTURE)


def run(args: argparse.Namespace) -> int:
    """Export or preview; 0 when all went out, 1 when a file could not be de-identified."""
    if args.out is None and not args.preview:
        raise Refusal("expected --out DIR, or --preview")
    if args.picture is not None and not args.preview:
        raise Refusal("--picture belongs to --preview")
    return _dicom(args) if args.kind == "dicom" else _deidentify(args)


def _dicom(args: argparse.Namespace) -> int:
    from app.export.chosen import open_exam, writable
    from app.export.dicom_export import DicomChoice, DicomExport
    from app.export.from_exam import content_of
    from app.export.patient import read_patient
    from app.export.pseudonym import own_pseudonyms
    from app.home import home_dir

    opened = open_exam(args.exam)
    patient = None if args.patient is None else read_patient(args.patient)
    content = content_of(opened.reader, () if args.model is None else (args.model,))
    choice = DicomChoice(patient, cines=not args.no_cines, segmentation=args.segmentation)
    export = DicomExport(opened.reader, content, choice, own_pseudonyms(home_dir()))
    if args.preview:
        _show(export.plan(), args.picture)
        return 0
    writable(args.out)
    count = 0
    for path in export.write(args.out):
        print(path)
        count += 1
    if not count:
        raise Refusal("this exam has no kept picture and no clip: there is nothing to export")
    opened.audit("export", {"what": "dicom", "objects": count, "deidentified": patient is None})
    return 0


def _deidentify(args: argparse.Namespace) -> int:
    from app.export.chosen import writable, write_file
    from app.export.deidentify import deidentified
    from app.export.pseudonym import own_pseudonyms
    from app.home import home_dir

    names = own_pseudonyms(home_dir())
    if not args.preview:
        writable(args.out)
    refused = 0
    for number, path in enumerate(args.files, 1):
        called = f"file {number} of {len(args.files)}"  # its own name may be the patient's
        try:
            clean = deidentified(path, names, called)
            if clean.warnings and not (args.preview or args.reviewed):
                raise Refusal(
                    f"{called}: {clean.warnings[0]}; look at --preview --picture, then add --reviewed"
                )
        except Refusal as refusal:
            if len(args.files) == 1:
                raise
            print(f"philtrum export: {refusal}", file=sys.stderr)
            refused += 1
            continue
        if args.preview:
            _show(clean.plan(), args.picture if number == 1 else None)
        else:
            write_file(args.out / clean.name, clean.data())
            print(args.out / clean.name)
            for line in clean.warnings:
                print(f"philtrum export: {called}: {line}", file=sys.stderr)
    return 1 if refused else 0


def _show(plan: Any, picture: Path | None) -> None:
    from app.export.chosen import write_file
    from app.export.pictures import png

    for line in plan.lines():
        print(line)
    if picture is not None:
        if plan.picture is None:
            raise Refusal("there is no picture to show")
        write_file(picture, png(plan.picture, "preview of an export"))
