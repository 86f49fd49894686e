"""Which attachments may run something on the computer that opens them, by the end of their name. Pure."""

# programs and scripts; pages that run scripts; office files with macros; shortcuts, disk images and installers
RISKY = frozenset(
    [
        *("app", "apk", "bat", "cmd", "com", "cpl", "dll", "exe", "gadget", "hta", "jar", "jnlp", "js", "jse", "mjs"),
        *("msi", "msix", "msp", "ps1", "py", "reg", "scf", "scr", "sh", "vb", "vbe", "vbs", "wsf", "wsh"),
        *("htm", "html", "mht", "mhtml", "shtml", "svg", "xhtml", "xml"),
        *("docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppam", "ppsm", "sldm", "xll"),
        *("chm", "dmg", "img", "iso", "lnk", "pkg", "url", "vhd", "vhdx"),
    ]
)


def is_risky(name: str) -> bool:
    """``facture.pdf.EXE`` → True; ``photo.jpg`` → False. Trailing dots and spaces, that Windows drops, hide nothing."""
    return name.strip(" .\u00a0").lower().rpartition(".")[2] in RISKY if "." in name.strip(" .") else False
