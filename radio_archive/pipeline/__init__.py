"""The stages from an audio file to an archived clip, in order."""
