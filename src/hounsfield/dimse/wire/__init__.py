"""The DICOM upper layer and message exchange on a socket (PS3.7, PS3.8), for both ends; knows nothing of the archive."""
