"""Contracts of made-up companies, written with what to find in them, and put into Markdown, HTML, Word and PDF.

`sources/NAME.LANGUAGE.txt`, one paragraph a line:

    # title            = heading            text            \\\\ goes on the paragraph above, on a printed line of its own
    @7.2 text          begins clause 7.2; =@7 heading
    +@1 text           clause 1 of a list that the file format counts itself; ++ and +++ are the levels below
    _@price Head.|text a bold heading that runs into its text
    {{key/kind=value|words}}   a term planted in the text, with the value to be read and the exact words
    !conflict key/kind path | path       !only key/kind value
"""
