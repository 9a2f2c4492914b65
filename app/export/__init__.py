"""What leaves the program: reports, DICOM objects, de-identified copies."""
