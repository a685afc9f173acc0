import pytest
import yaml as pyyaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.export import yaml

awkward = st.text(
    st.sampled_from("abyno:/._- #'\"{}[]$\\\n\t,&*!|>%@`~=?0xé漢😀\x7f\x85\u2028\ufeff")
)
texts = st.text(max_size=30).filter(str.isprintable) | awkward
scalars = texts | st.booleans() | st.none() | st.integers()
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
)


@given(st.dictionaries(texts, trees, min_size=1, max_size=5))
@settings(max_examples=300, deadline=None)
def test_what_is_written_reads_back_the_same(tree):
    assert pyyaml.safe_load(yaml.dump(tree)) == tree


@pytest.mark.parametrize(
    "word", ["yes", "No", "ON", "null", "y", "1", "2012-10-17", "", " a", "a:"]
)
def test_what_yaml_would_not_read_as_text_is_quoted(word):
    assert yaml.dump({"key": word}) == f'key: "{word}"\n'


def test_intrinsic_functions_take_their_short_form():
    tree = {"A": {"Ref": "B"}, "C": {"Fn::If": ["D", {"Ref": "AWS::NoValue"}, ""]}}
    assert yaml.dump(tree) == 'A: !Ref B\nC: !If [D, !Ref AWS::NoValue, ""]\n'
