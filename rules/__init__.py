"""The knowledge, all YAML: rule cards, optimizers and layers. README.md beside this file is the schema.

The folder is a package only so that it ships inside the wheel, as ``wdlint.rules``.
"""
