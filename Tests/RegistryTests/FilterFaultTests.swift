import Kernel
import Registry
import TestSupport
import Testing

/// Every message here is what MLflow 3.17.2's `SearchModelUtils` and `SearchModelVersionUtils` said.
@Suite("A filter that can't be read says why")
struct FilterFaultTests {
    @Test(
        "of models",
        arguments: [
            ("name = 'a' OR name = 'b'", "Invalid clause(s) in filter string: OR"),
            ("name", "Invalid clause(s) in filter string: name"),
            ("name = ", "Invalid clause(s) in filter string: name, ="),
            ("name IN 'a'", "Invalid clause(s) in filter string: name, IN, 'a'"),
            ("(name = 'a')", "Invalid clause(s) in filter string: (name = 'a')"),
            ("name='a' AND (name='b')", "Invalid clause(s) in filter string: (name='b')"),
            ("not name = 'a'", "Invalid clause(s) in filter string: not"),
            ("timestamp", "Invalid clause(s) in filter string: timestamp"),
            ("  ", "Invalid filter '  '. Could not be parsed."),
            (
                "name = 'a'; name='b'",
                "Search filter contained multiple expression \"name = 'a'; name='b'\". Provide AND-ed expression list."
            ),
            ("run_id = 'a'", "Invalid attribute key 'run_id' specified. Valid keys are '{'name'}'"),
            ("NAME='a'", "Invalid attribute key 'NAME' specified. Valid keys are '{'name'}'"),
            ("foo.bar='a'", "Invalid entity type 'foo'. Valid entity types are ('attribute', 'tag', 'tags')"),
            ("'a' = name", "Invalid comparison clause. Expected 'Identifier' found ''a''"),
            ("tags.a-b='c'", "Invalid comparison clause. Expected 'Identifier' found 'tags.a-b'"),
            ("tags.a = 1", "Expected a quoted string value for tag (e.g. 'my-value'). Got value 1"),
            ("tags.k IN ('a')", "Expected a quoted string value for tag (e.g. 'my-value'). Got value ('a')"),
            (
                "name = 1",
                "Expected a quoted string value or a list of quoted string values for attributes. Got value 1"
            ),
            (
                "name = a",
                "Parameter value is either not quoted or unidentified quote types used for string value a."
                    + " Use either single or double quotes."
            ),
            (
                "name IN ()",
                "While parsing a list in the query, expected a non-empty list of string values, but got empty list"
            ),
            (
                "name IN (a)",
                "While parsing a list in the query, expected a non-empty list of string values, but got ill-formed list."
            ),
            (
                "name IN ('a', 'b\\')",
                "While parsing a list in the query, expected a non-empty list of string values, but got ill-formed list."
            ),
            (
                "name IN (1, 2)",
                "While parsing a list in the query, expected string value, punctuation, or whitespace, but got"
                    + " different type in list: (1, 2)"
            ),
            ("name > 'a'", "Invalid comparator for attribute: >"),
            ("name == 'a'", "Invalid comparator for attribute: =="),
            ("name NOT LIKE 'a'", "Invalid comparator for attribute: NOT LIKE"),
            ("tags.a > 'b'", "Invalid comparator for tag: >"),
        ]
    )
    func models(filter: String, message: String) async throws {
        try await withRegistry(.sqlite) { world in
            #expect(
                await refusal { _ = try await world.registry.searchModels(RegistryQuery(filter: filter, limit: 1)) }
                    == "INVALID_PARAMETER_VALUE: \(message)"
            )
        }
    }

    @Test(
        "of versions",
        arguments: [
            (
                "foo = 'a'",
                "Invalid attribute key 'foo' specified. Valid keys are '{'name', 'run_id', 'source_path',"
                    + " 'version_number'}'"
            ),
            ("version_number = 1.5", "Invalid value for numeric attribute 'version_number': 1.5"),
            ("version_number = 'abc'", "Invalid value for numeric attribute 'version_number': 'abc'"),
            ("version_number LIKE 'a'", "Invalid comparator for attribute version_number: LIKE"),
            (
                "version_number IN (1)",
                "Only ['name', 'run_id'] attributes support comparison with a list of quoted string values."
            ),
            (
                "source_path IN ('a')",
                "Only ['name', 'run_id'] attributes support comparison with a list of quoted string values."
            ),
            (
                "name = 1",
                "Only the '{'creation_timestamp', 'last_updated_timestamp', 'version_number'}' attributes support"
                    + " comparison with numeric values."
            ),
            ("run_id < 'a'", "Invalid comparator for attribute: <"),
        ]
    )
    func versions(filter: String, message: String) async throws {
        try await withRegistry(.sqlite) { world in
            #expect(
                await refusal { _ = try await world.registry.searchVersions(RegistryQuery(filter: filter, limit: 1)) }
                    == "INVALID_PARAMETER_VALUE: \(message)"
            )
        }
    }

    @Test(
        "but is forgiven an AND too many or too few",
        arguments: [
            "name = 'a' AND", "AND name='a'", "name='a' name LIKE 'a'", "name IN ('a',)", "name='a' and AND name='a'",
        ]
    )
    func forgiven(filter: String) async throws {
        try await withRegistry(.sqlite) { world in
            try await world.makeModel("a")
            try await world.makeModel("b")
            let page = try await world.registry.searchModels(RegistryQuery(filter: filter, limit: 9))
            #expect(page.items.map(\.name) == ["a"])
        }
    }

    @Test("or is taken as some filter, however odd it is")
    func anyText() async throws {
        let pieces = [
            "name", "tags.a", "`", "'", "\"", "(", ")", ",", ";", "=", "LIKE", "IN", "NOT", "AND", "1", "\\", " ", "é",
        ]
        var generator = SplitMix64(seed: 20_261_121)
        try await withRegistry(.sqlite) { world in
            for _ in 0..<400 {
                let count = Int.random(in: 1...9, using: &generator)
                let filter = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined(
                    separator: " "
                )
                let told = await refusal {
                    _ = try await world.registry.searchModels(RegistryQuery(filter: filter, limit: 1))
                }
                let isAnswered = told == "nothing was refused" || told.hasPrefix("INVALID_PARAMETER_VALUE: ")
                #expect(isAnswered, "seed 20261121, filter \(filter): \(told)")
            }
        }
    }
}
