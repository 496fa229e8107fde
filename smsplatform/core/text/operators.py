"""Whose network a number was given to, told by its first digits. A number that moved to another
operator keeps its digits: this is where it began, not where it must be."""

from typing import Final

MOBILE: Final = "mobile"
UNICOM: Final = "unicom"
TELECOM: Final = "telecom"
BROADNET: Final = "broadnet"

# Mainland China, after +86: three digits, or four where operators share three. Virtual operators
# (162, 165, 167, 170, 171) stand under the network that carries them.
_SEGMENTS: Final = {
    MOBILE: "134 135 136 137 138 139 147 148 150 151 152 157 158 159 165 172 178 182 183 184 187"
    " 188 195 197 198 1703 1705 1706",
    UNICOM: "130 131 132 140 145 146 155 156 166 167 171 175 176 185 186 196 1704 1707 1708 1709",
    TELECOM: "133 141 149 153 162 173 174 177 180 181 189 190 191 193 199 1349 1700 1701 1702",
    BROADNET: "192",
}
_MAINLAND: Final = {
    digits: operator for operator, segments in _SEGMENTS.items() for digits in segments.split()
}

NAMES: Final = (MOBILE, UNICOM, TELECOM, BROADNET)


def of(e164: str) -> str:
    """Empty where the country's numbers do not tell."""
    if not e164.startswith("+86"):
        return ""
    return _MAINLAND.get(e164[3:7]) or _MAINLAND.get(e164[3:6], "")
