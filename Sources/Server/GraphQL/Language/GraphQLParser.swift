/// Reads a query into its operations and fragments.
///
/// Whatever a stranger sends costs bounded work: the text's length, its tokens and how deep it nests are limited.
struct GraphQLParser {
    static let bytesMax = 256 << 10
    static let tokensMax = 15_000
    static let nestingMax = 100

    private var lexer: GraphQLLexer
    private(set) var token: GraphQLToken
    private var tokenCount = 0
    private var nesting = 0

    /// The document that `text` is.
    ///
    /// - Throws: ``GraphQLError`` with the place of the fault.
    static func parse(_ text: String) throws(GraphQLError) -> GraphQLDocument {
        guard text.utf8.count <= bytesMax else { throw GraphQLError("The query is longer than \(bytesMax) bytes.") }
        var parser = try GraphQLParser(text)
        return try parser.document()
    }

    private init(_ text: String) throws(GraphQLError) {
        lexer = GraphQLLexer(text)
        token = try lexer.next()
    }

    private mutating func document() throws(GraphQLError) -> GraphQLDocument {
        var document = GraphQLDocument()
        repeat {
            if token.kind == .name, token.text == "fragment" {
                let (name, fragment) = try fragment()
                guard document.fragments.updateValue(fragment, forKey: name) == nil else {
                    throw GraphQLError("There can be only one fragment named '\(name)'.")
                }
            } else {
                document.operations.append(try operation())
            }
        } while token.kind != .end
        return document
    }

    private mutating func operation() throws(GraphQLError) -> GraphQLOperation {
        if isPunctuator("{") {
            let fields = try selections()
            return GraphQLOperation(kind: .query, name: nil, variables: [], directives: [], selections: fields)
        }
        guard token.kind == .name, let kind = GraphQLOperation.Kind(rawValue: token.text) else { throw unexpected() }
        try advance()
        return GraphQLOperation(
            kind: kind,
            name: token.kind == .name ? try name() : nil,
            variables: try variables(),
            directives: try directives(),
            selections: try selections()
        )
    }

    private mutating func fragment() throws(GraphQLError) -> (String, GraphQLFragment) {
        try advance()
        guard token.text != "on" else { throw unexpected() }
        let name = try name()
        guard token.kind == .name, token.text == "on" else { throw expected("'on'") }
        try advance()
        let type = try self.name()
        _ = try directives()
        return (name, GraphQLFragment(type: type, selections: try selections()))
    }

    private mutating func variables() throws(GraphQLError) -> [GraphQLVariable] {
        guard isPunctuator("(") else { return [] }
        var variables: [GraphQLVariable] = []
        try advance()
        repeat {
            try expect("$")
            let name = try name()
            try expect(":")
            let type = try type()
            let standard = try skip("=") ? try value(isConstant: true) : nil
            _ = try directives()
            variables.append(GraphQLVariable(name: name, type: type, standard: standard))
        } while try !skip(")")
        return variables
    }

    private mutating func type() throws(GraphQLError) -> GraphQLTypeReference {
        try enter()
        defer { nesting -= 1 }
        let type: GraphQLTypeReference
        if try skip("[") {
            type = .list(try self.type())
            try expect("]")
        } else {
            type = .named(try name())
        }
        return try skip("!") ? .required(type) : type
    }

    private mutating func selections() throws(GraphQLError) -> [GraphQLSelection] {
        try enter()
        defer { nesting -= 1 }
        try expect("{")
        var selections: [GraphQLSelection] = []
        repeat { selections.append(try selection()) } while try !skip("}")
        return selections
    }

    private mutating func selection() throws(GraphQLError) -> GraphQLSelection {
        guard try skip("...") else { return .field(try field()) }
        if token.kind == .name, token.text != "on" { return .spread(try name(), try directives()) }
        var type: String?
        if token.kind == .name {
            try advance()
            type = try name()
        }
        return .inline(type: type, try directives(), try selections())
    }

    private mutating func field() throws(GraphQLError) -> GraphQLFieldNode {
        let first = try name()
        let second = try skip(":") ? try name() : nil
        return GraphQLFieldNode(
            alias: second == nil ? nil : first,
            name: second ?? first,
            arguments: try arguments(),
            directives: try directives(),
            selections: isPunctuator("{") ? try selections() : []
        )
    }

    private mutating func directives() throws(GraphQLError) -> [GraphQLDirective] {
        var directives: [GraphQLDirective] = []
        while try skip("@") { directives.append(GraphQLDirective(name: try name(), arguments: try arguments())) }
        return directives
    }

    private mutating func arguments() throws(GraphQLError) -> [GraphQLArgumentNode] {
        guard try skip("(") else { return [] }
        var arguments: [GraphQLArgumentNode] = []
        repeat { arguments.append(try named(isConstant: false)) } while try !skip(")")
        return arguments
    }
}

/// Values.
extension GraphQLParser {
    /// `name: value`; a constant may not name a variable.
    private mutating func named(isConstant: Bool) throws(GraphQLError) -> GraphQLArgumentNode {
        let name = try name()
        try expect(":")
        return GraphQLArgumentNode(name: name, value: try value(isConstant: isConstant))
    }

    private mutating func value(isConstant: Bool) throws(GraphQLError) -> GraphQLValue {
        try enter()
        defer { nesting -= 1 }
        let text = token.text
        switch token.kind {
        case .punctuator where text == "$" && !isConstant:
            try advance()
            return .variable(try name())
        case .punctuator where text == "[":
            try advance()
            var elements: [GraphQLValue] = []
            while try !skip("]") { elements.append(try value(isConstant: isConstant)) }
            return .list(elements)
        case .punctuator where text == "{":
            try advance()
            var fields: [GraphQLArgumentNode] = []
            while try !skip("}") { fields.append(try named(isConstant: isConstant)) }
            return .object(fields)
        case .punctuator, .end: throw unexpected()
        case .integer, .float, .string, .name:
            let kind = token.kind
            try advance()
            return Self.scalar(kind, text)
        }
    }

    private static func scalar(_ kind: GraphQLToken.Kind, _ text: String) -> GraphQLValue {
        switch (kind, text) {
        case (.integer, _): .integer(text)
        case (.float, _): .float(text)
        case (.string, _): .string(text)
        case (_, "true"): .boolean(true)
        case (_, "false"): .boolean(false)
        case (_, "null"): .null
        default: .enumeration(text)
        }
    }
}

/// Tokens.
extension GraphQLParser {
    private mutating func advance() throws(GraphQLError) {
        tokenCount += 1
        guard tokenCount <= Self.tokensMax else {
            throw GraphQLError("The query has more than \(Self.tokensMax) tokens.")
        }
        token = try lexer.next()
    }

    private mutating func enter() throws(GraphQLError) {
        nesting += 1
        guard nesting <= Self.nestingMax else {
            throw GraphQLError("The query is nested deeper than \(Self.nestingMax) levels.")
        }
    }

    private mutating func name() throws(GraphQLError) -> String {
        guard token.kind == .name else { throw expected("Name") }
        let name = token.text
        try advance()
        return name
    }

    private func isPunctuator(_ text: String) -> Bool {
        token.kind == .punctuator && token.text == text
    }

    private mutating func skip(_ text: String) throws(GraphQLError) -> Bool {
        guard isPunctuator(text) else { return false }
        try advance()
        return true
    }

    private mutating func expect(_ text: String) throws(GraphQLError) {
        guard try skip(text) else { throw expected("'\(text)'") }
    }

    private func expected(_ what: String) -> GraphQLError {
        lexer.fault("Expected \(what), found \(token.description).", at: token.offset)
    }

    private func unexpected() -> GraphQLError {
        lexer.fault("Unexpected \(token.description).", at: token.offset)
    }
}
