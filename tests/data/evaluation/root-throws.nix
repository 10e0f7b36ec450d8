throw "the root throws"
