"""The on-disk index: format → segment → votes → witnesses → search; store ties them together."""
