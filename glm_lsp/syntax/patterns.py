"""What to look for in each language's tree, as tree-sitter queries.

Each row has four:

`definitions`  a capture named by the kind (`@class`, `@function`, `@method`, `@property`, `@variable`, `@attribute`,
               `@type`, `@module`, `@impl`, `@key`, `@rule`) is the whole definition; `@name` its name, `@body` what
               the signature stops at, `@annotation` its type, bases or return type, `@value` what it is set to,
               `@receiver` the class it belongs to where that is not the node around it. A name found twice belongs to
               the earlier row.
`imports`      `@source`, and `@name` and `@alias` where there are such; `@star` for everything.
`names`        node types that are uses of a name.
`strings`      nodes whose lines must not be indented or trimmed: what they hold is text.

`wrappers` are parents that belong to a definition (a decorator's, an `export`), `before` siblings above it that do
(comments, attributes).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patterns:
    definitions: str = ""
    imports: str = ""
    names: tuple[str, ...] = ("identifier",)
    strings: str = ""
    wrappers: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset({"comment"})


_PYTHON = Patterns(
    definitions="""
(class_definition name: (identifier) @name superclasses: (argument_list)? @annotation body: (block) @body) @class
(function_definition name: (identifier) @name return_type: (type)? @annotation body: (block) @body) @function
(module (expression_statement
  (assignment left: (identifier) @name type: (type)? @annotation right: (_)? @value) @variable))
(module (expression_statement (assignment right: (assignment left: (identifier) @name right: (_) @value) @variable)))
(module (expression_statement
  (assignment left: (pattern_list (identifier) @name) right: (_) @value) @variable))
(module (_ (block (expression_statement
  (assignment left: (identifier) @name type: (type)? @annotation right: (_)? @value) @variable))))
(module (_ (_ (block (expression_statement
  (assignment left: (identifier) @name type: (type)? @annotation right: (_)? @value) @variable)))))
(class_definition body: (block (expression_statement
  (assignment left: (identifier) @name type: (type)? @annotation right: (_)? @value) @attribute)))
((assignment left: (attribute object: (identifier) @receiver attribute: (identifier) @name)
  type: (type)? @annotation right: (_)? @value) @attribute (#any-of? @receiver "self" "cls"))
(type_alias_statement left: (type (identifier) @name) right: (_) @value) @type
""",
    imports="""
(import_statement name: (dotted_name) @source)
(import_statement name: (aliased_import name: (_) @source alias: (_) @alias))
(import_from_statement module_name: (_) @source name: (dotted_name) @name)
(import_from_statement module_name: (_) @source name: (aliased_import name: (_) @name alias: (_) @alias))
(import_from_statement module_name: (_) @source (wildcard_import) @star)
""",
    strings="(string) @string",
    wrappers=frozenset({"decorated_definition", "expression_statement"}),
)

_JAVASCRIPT_COMMON = """
(class_declaration name: (_) @name (class_heritage)? @annotation body: (_) @body) @class
(class name: (_) @name (class_heritage)? @annotation body: (_) @body) @class
(function_declaration name: (_) @name body: (_) @body) @function
(generator_function_declaration name: (_) @name body: (_) @body) @function
(method_definition name: (_) @name body: (_) @body) @method
(variable_declarator name: (identifier) @name value: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)
]) @function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @class
(pair key: (_) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method
(assignment_expression left: (member_expression object: (_) @receiver property: (_) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method
(program (lexical_declaration (variable_declarator name: (identifier) @name value: (_)? @value) @variable))
(program (variable_declaration (variable_declarator name: (identifier) @name value: (_)? @value) @variable))
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name value: (_)? @value) @variable))
((assignment_expression left: (member_expression object: (this) property: (_) @name) right: (_) @value) @attribute)
"""

_JAVASCRIPT_IMPORTS = """
(import_statement (import_clause (identifier) @alias) source: (string (string_fragment) @source))
(import_statement (import_clause (named_imports (import_specifier name: (_) @name alias: (_)? @alias)))
  source: (string (string_fragment) @source))
(import_statement (import_clause (namespace_import (identifier) @alias) @star)
  source: (string (string_fragment) @source))
(import_statement . source: (string (string_fragment) @source))
(export_statement (export_clause (export_specifier name: (_) @name alias: (_)? @alias))
  source: (string (string_fragment) @source))
(export_statement "*" @star source: (string (string_fragment) @source))
((call_expression function: (identifier) @_require arguments: (arguments (string (string_fragment) @source)))
  (#eq? @_require "require"))
"""

_JAVASCRIPT_STRINGS = "(template_string) @string (string) @string"

_JAVASCRIPT_WRAPPERS = frozenset(
    {
        "export_statement",
        "lexical_declaration",
        "variable_declaration",
        "expression_statement",
    }
)

_JAVASCRIPT = Patterns(
    definitions="""
(field_definition property: (_) @name value: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body)
]) @method
(field_definition property: (_) @name value: (_)? @value) @attribute
"""
    + _JAVASCRIPT_COMMON,
    imports=_JAVASCRIPT_IMPORTS,
    names=("identifier", "property_identifier", "shorthand_property_identifier", "private_property_identifier"),
    strings=_JAVASCRIPT_STRINGS,
    wrappers=_JAVASCRIPT_WRAPPERS,
    before=frozenset({"comment", "decorator"}),
)

_TYPESCRIPT = Patterns(
    definitions="""
(abstract_class_declaration name: (_) @name (class_heritage)? @annotation body: (_) @body) @class
(interface_declaration name: (_) @name (extends_type_clause)? @annotation body: (_) @body) @class
(enum_declaration name: (_) @name body: (_) @body) @class
(type_alias_declaration name: (_) @name value: (_) @value) @type
(internal_module name: (_) @name body: (_) @body) @module
(module name: (_) @name body: (_) @body) @module
(function_signature name: (_) @name return_type: (_)? @annotation) @function
(method_signature name: (_) @name return_type: (_)? @annotation) @method
(abstract_method_signature name: (_) @name return_type: (_)? @annotation) @method
(property_signature name: (_) @name type: (_)? @annotation) @attribute
(public_field_definition name: (_) @name value: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body)
]) @method
(public_field_definition name: (_) @name type: (_)? @annotation value: (_)? @value) @attribute
(enum_body name: (_) @name @attribute)
(enum_assignment name: (_) @name) @attribute
"""
    + _JAVASCRIPT_COMMON,
    imports=_JAVASCRIPT_IMPORTS,
    names=(
        "identifier",
        "type_identifier",
        "property_identifier",
        "shorthand_property_identifier",
        "private_property_identifier",
    ),
    strings=_JAVASCRIPT_STRINGS + " (template_literal_type) @string",
    wrappers=_JAVASCRIPT_WRAPPERS | {"ambient_declaration"},
    before=frozenset({"comment", "decorator"}),
)

_GO = Patterns(
    definitions="""
(function_declaration name: (_) @name result: (_)? @annotation body: (_)? @body) @function
(method_declaration receiver: (parameter_list (parameter_declaration type: (_) @receiver))
  name: (_) @name result: (_)? @annotation body: (_)? @body) @method
(type_spec name: (_) @name type: [(struct_type (_) @body) (interface_type)]) @class
(type_spec name: (_) @name type: (_) @value) @type
(type_alias name: (_) @name type: (_) @value) @type
(field_declaration name: (_) @name type: (_) @annotation) @attribute
(method_elem name: (_) @name result: (_)? @annotation) @method
(source_file (const_declaration (const_spec name: (_) @name type: (_)? @annotation value: (_)? @value) @variable))
(source_file (var_declaration (var_spec name: (_) @name type: (_)? @annotation value: (_)? @value) @variable))
(source_file (var_declaration (var_spec_list
  (var_spec name: (_) @name type: (_)? @annotation value: (_)? @value) @variable)))
""",
    imports="(import_spec name: (_)? @alias path: (interpreted_string_literal (_) @source))",
    names=("identifier", "type_identifier", "field_identifier", "package_identifier"),
    strings="(raw_string_literal) @string",
    wrappers=frozenset({"type_declaration", "const_declaration", "var_declaration"}),
)

_RUST = Patterns(
    definitions="""
(struct_item name: (_) @name body: (_)? @body) @class
(union_item name: (_) @name body: (_) @body) @class
(enum_item name: (_) @name body: (_) @body) @class
(trait_item name: (_) @name body: (_) @body) @class
(impl_item type: [(type_identifier) @name (generic_type type: (_) @name) (scoped_type_identifier name: (_) @name)]
  body: (_) @body) @impl
(function_item name: (_) @name return_type: (_)? @annotation body: (_) @body) @function
(function_signature_item name: (_) @name return_type: (_)? @annotation) @function
(mod_item name: (_) @name body: (_) @body) @module
(macro_definition name: (_) @name) @function
(type_item name: (_) @name type: (_) @value) @type
(const_item name: (_) @name type: (_) @annotation value: (_)? @value) @variable
(static_item name: (_) @name type: (_) @annotation value: (_)? @value) @variable
(field_declaration name: (_) @name type: (_) @annotation) @attribute
(enum_variant name: (_) @name) @attribute
""",
    imports="""
(use_declaration argument: [(identifier) (scoped_identifier)] @source)
(use_declaration argument: (use_as_clause path: (_) @source alias: (_) @alias))
(use_declaration argument: (use_wildcard (_) @source) @star)
(use_declaration argument: (scoped_use_list path: (_) @source
  list: (use_list [(identifier) (scoped_identifier)] @name)))
(use_declaration argument: (scoped_use_list path: (_) @source
  list: (use_list (use_as_clause path: (_) @name alias: (_) @alias))))
(mod_item name: (_) @source !body)
""",
    names=("identifier", "type_identifier", "field_identifier", "shorthand_field_identifier"),
    strings="(string_literal) @string (raw_string_literal) @string",
    before=frozenset({"line_comment", "block_comment", "attribute_item"}),
)

_JAVA = Patterns(
    definitions="""
(class_declaration name: (_) @name superclass: (_)? @annotation body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @class
(enum_declaration name: (_) @name body: (_) @body) @class
(record_declaration name: (_) @name body: (_) @body) @class
(annotation_type_declaration name: (_) @name body: (_) @body) @class
(method_declaration type: (_) @annotation name: (_) @name body: (_)? @body) @method
(constructor_declaration name: (_) @name body: (_) @body) @method
(compact_constructor_declaration name: (_) @name body: (_) @body) @method
(field_declaration type: (_) @annotation
  declarator: (variable_declarator name: (_) @name value: (_)? @value)) @attribute
(constant_declaration type: (_) @annotation
  declarator: (variable_declarator name: (_) @name value: (_)? @value)) @attribute
(enum_constant name: (_) @name) @attribute
""",
    imports="""
(import_declaration (scoped_identifier scope: (_) @source name: (_) @name) . )
(import_declaration (_) @source (asterisk) @star)
""",
    names=("identifier", "type_identifier"),
    strings="(string_literal) @string",
    before=frozenset({"line_comment", "block_comment"}),
)

_C_COMMON = """
(struct_specifier name: (_) @name body: (_) @body) @class
(union_specifier name: (_) @name body: (_) @body) @class
(enum_specifier name: (_) @name body: (_) @body) @class
(type_definition declarator: (type_identifier) @name) @type
(function_definition declarator: (function_declarator declarator: [(identifier) (field_identifier)] @name)
  body: (_) @body) @function
(function_definition declarator: (_
    declarator: (function_declarator declarator: [(identifier) (field_identifier)] @name))
  body: (_) @body) @function
(declaration declarator: (function_declarator declarator: (identifier) @name)) @function
(declaration declarator: (pointer_declarator
  declarator: (function_declarator declarator: (identifier) @name))) @function
(preproc_function_def name: (_) @name) @function
(preproc_def name: (_) @name value: (_)? @value) @variable
(translation_unit (declaration declarator: (identifier) @name) @variable)
(translation_unit (declaration
  declarator: (init_declarator declarator: (identifier) @name value: (_) @value)) @variable)
(translation_unit (declaration
  declarator: (init_declarator declarator: (_ declarator: (identifier) @name) value: (_) @value)) @variable)
(field_declaration type: (_) @annotation declarator: (field_identifier) @name) @attribute
(field_declaration type: (_) @annotation declarator: (_ declarator: (field_identifier) @name)) @attribute
(enumerator name: (_) @name) @attribute
"""

_C = Patterns(
    definitions=_C_COMMON,
    imports="""
(preproc_include path: (string_literal (string_content) @source))
(preproc_include path: (system_lib_string) @source)
""",
    names=("identifier", "type_identifier", "field_identifier"),
    strings="(string_literal) @string",
    wrappers=frozenset({"type_definition"}),
)

_CPP = Patterns(
    definitions="""
(class_specifier name: (_) @name (base_class_clause)? @annotation body: (_) @body) @class
(namespace_definition name: (_) @name body: (_) @body) @module
(function_definition declarator: (function_declarator
  declarator: (qualified_identifier scope: (_) @receiver name: (_) @name)) body: (_) @body) @method
(function_definition declarator: (_ (function_declarator
  declarator: (qualified_identifier scope: (_) @receiver name: (_) @name))) body: (_) @body) @method
(function_definition declarator: (function_declarator declarator: [(destructor_name) (operator_name)] @name)
  body: (_) @body) @method
(field_declaration declarator: (function_declarator declarator: (_) @name)) @method
(field_declaration_list (declaration declarator: (function_declarator declarator: (_) @name)) @method)
(alias_declaration name: (_) @name type: (_) @value) @type
"""
    + _C_COMMON,
    imports=_C.imports,
    names=("identifier", "type_identifier", "field_identifier", "namespace_identifier"),
    strings="(string_literal) @string (raw_string_literal) @string",
    wrappers=frozenset({"template_declaration", "type_definition"}),
)

_CSHARP = Patterns(
    definitions="""
(class_declaration name: (_) @name (base_list)? @annotation body: (_) @body) @class
(struct_declaration name: (_) @name body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @class
(enum_declaration name: (_) @name body: (_) @body) @class
(record_declaration name: (_) @name) @class
(delegate_declaration name: (_) @name) @type
(namespace_declaration name: (_) @name body: (_) @body) @module
(method_declaration returns: (_)? @annotation name: (_) @name body: (_)? @body) @method
(constructor_declaration name: (_) @name body: (_) @body) @method
(destructor_declaration name: (_) @name body: (_) @body) @method
(local_function_statement name: (_) @name body: (_) @body) @function
(property_declaration type: (_) @annotation name: (_) @name accessors: (_)? @body) @property
(field_declaration (variable_declaration type: (_) @annotation (variable_declarator (identifier) @name))) @attribute
(event_field_declaration (variable_declaration
  type: (_) @annotation (variable_declarator (identifier) @name))) @attribute
(enum_member_declaration name: (_) @name) @attribute
""",
    imports="""
(using_directive name: (_) @alias (_) @source)
(using_directive !name [(identifier) (qualified_name)] @source)
""",
    strings="""
(string_literal) @string (raw_string_literal) @string (verbatim_string_literal) @string
(interpolated_string_expression) @string
""",
)

_RUBY = Patterns(
    definitions="""
(class name: (_) @name superclass: (_)? @annotation body: (_)? @body) @class
(module name: (_) @name body: (_)? @body) @class
(method name: (_) @name body: (_)? @body) @method
(singleton_method name: (_) @name body: (_)? @body) @method
(assignment left: (constant) @name right: (_) @value) @variable
((call method: (identifier) @_attr arguments: (argument_list (simple_symbol) @name)) @property
  (#any-of? @_attr "attr_reader" "attr_writer" "attr_accessor"))
(assignment left: (instance_variable) @name right: (_) @value) @attribute
""",
    imports="""
((call method: (identifier) @_require arguments: (argument_list (string (string_content) @source)))
  (#any-of? @_require "require" "require_relative" "load"))
""",
    names=("identifier", "constant", "instance_variable", "class_variable", "global_variable"),
    strings="(string) @string (heredoc_body) @string (subshell) @string (uninterpreted) @string",
)

_PHP = Patterns(
    definitions="""
(class_declaration name: (_) @name (base_clause)? @annotation body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @class
(trait_declaration name: (_) @name body: (_) @body) @class
(enum_declaration name: (_) @name body: (_) @body) @class
(function_definition name: (_) @name return_type: (_)? @annotation body: (_) @body) @function
(method_declaration name: (_) @name return_type: (_)? @annotation body: (_)? @body) @method
(property_declaration type: (_)? @annotation (property_element name: (_) @name)) @attribute
(const_declaration (const_element . (name) @name)) @variable
(enum_case name: (_) @name) @attribute
""",
    imports="""
(namespace_use_clause . [(qualified_name) (name)] @source alias: (_)? @alias)
(require_once_expression (string (string_content) @source))
(require_expression (string (string_content) @source))
(include_expression (string (string_content) @source))
(include_once_expression (string (string_content) @source))
""",
    names=("name",),
    strings="(heredoc) @string (nowdoc) @string (string) @string (encapsed_string) @string (text) @string",
)

_SHELL = Patterns(
    definitions="""
(function_definition name: (_) @name body: (_) @body) @function
(program (variable_assignment name: (variable_name) @name value: (_)? @value) @variable)
(program (declaration_command (variable_assignment name: (variable_name) @name value: (_)? @value) @variable))
""",
    imports="""
((command name: (command_name) @_source argument: (word) @source) (#any-of? @_source "source" "."))
""",
    names=("variable_name", "command_name"),
    strings="(string) @string (raw_string) @string (heredoc_body) @string (ansi_c_string) @string",
    wrappers=frozenset({"declaration_command"}),
)

_LUA = Patterns(
    definitions="""
(function_declaration name: (identifier) @name body: (_)? @body) @function
(function_declaration name: (dot_index_expression table: (_) @receiver field: (_) @name) body: (_)? @body) @method
(function_declaration name: (method_index_expression table: (_) @receiver method: (_) @name) body: (_)? @body) @method
(assignment_statement (variable_list name: (dot_index_expression table: (_) @receiver field: (_) @name))
  (expression_list value: (function_definition body: (_)? @body))) @method
(assignment_statement (variable_list name: (identifier) @name)
  (expression_list value: (function_definition body: (_)? @body))) @function
(chunk (variable_declaration (assignment_statement (variable_list name: (identifier) @name)
  (expression_list value: (_) @value)) @variable))
(chunk (assignment_statement (variable_list name: (identifier) @name) (expression_list value: (_) @value)) @variable)
""",
    imports="""
(variable_declaration (assignment_statement (variable_list name: (identifier) @alias)
  (expression_list value: (function_call name: (identifier) @_require
    arguments: (arguments (string content: (_) @source))))) (#eq? @_require "require"))
""",
    strings="(string) @string",
    wrappers=frozenset({"variable_declaration"}),
)

PATTERNS: dict[str, Patterns] = {
    "python": _PYTHON,
    "javascript": _JAVASCRIPT,
    "typescript": _TYPESCRIPT,
    "go": _GO,
    "rust": _RUST,
    "java": _JAVA,
    "c": _C,
    "cpp": _CPP,
    "csharp": _CSHARP,
    "ruby": _RUBY,
    "php": _PHP,
    "shellscript": _SHELL,
    "lua": _LUA,
    "json": Patterns(
        definitions="(document (object (pair key: (string (string_content) @name) value: (_) @value) @key))",
        names=(),
    ),
    "yaml": Patterns(
        definitions="""
(stream (document (block_node (block_mapping
  (block_mapping_pair key: (_) @name value: (_)? @body) @key))))
""",
        names=(),
        strings="""
(block_scalar) @string (double_quote_scalar) @string (single_quote_scalar) @string (plain_scalar) @string
""",
    ),
    "toml": Patterns(
        definitions="""
(table [(bare_key) (dotted_key) (quoted_key)] @name) @key
(table_array_element [(bare_key) (dotted_key) (quoted_key)] @name) @key
(document (pair [(bare_key) (dotted_key) (quoted_key)] @name (_) @value) @key)
""",
        names=(),
        strings="(string) @string",
    ),
    "html": Patterns(
        definitions="""
((attribute (attribute_name) @_id (quoted_attribute_value (attribute_value) @name)) @key (#eq? @_id "id"))
""",
        imports="""
((attribute (attribute_name) @_source (quoted_attribute_value (attribute_value) @source))
  (#any-of? @_source "src" "href"))
""",
        names=(),
        strings="""
((element (start_tag (tag_name) @_tag)) @string (#any-of? @_tag "pre" "textarea"))
(comment) @string
(attribute_value) @string
""",
    ),
    "css": Patterns(
        definitions="""
(rule_set (selectors) @name (block) @body) @rule
(media_statement (block) @body) @rule
(keyframes_statement (keyframes_name) @name) @rule
((declaration (property_name) @name) @variable (#match? @name "^--"))
""",
        imports="(import_statement [(string_value (string_content) @source) (call_expression) @source])",
        names=("class_name", "property_name", "id_name", "tag_name"),
        strings="(string_value) @string",
    ),
}
