package catalogue
