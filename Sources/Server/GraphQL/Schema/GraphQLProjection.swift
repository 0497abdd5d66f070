import Kernel

/// Writes of an answer what was asked of it.
struct GraphQLProjection {
    /// A thousand runs with hundreds of values each; more is a mistake, or malice.
    static let valuesMax = 1_000_000

    private var count = 0

    /// The object `source` as `selection` asks for it.
    ///
    /// - Throws: ``GraphQLError`` when all answers together would hold too many values.
    mutating func write(
        _ source: JSONObject,
        _ selection: GraphQLPlan.Selection,
        to writer: inout JSONWriter
    ) throws(GraphQLError) {
        // Looked up by name once for each field would be slow in an object of many members.
        let members = Dictionary(source.members.map { ($0.name, $0.value) }) { _, last in last }
        var failure: GraphQLError?
        writer.object { writer in
            for field in selection.fields where failure == nil {
                writer.name(data: field.key)
                guard let definition = field.definition else {
                    writer.value(selection.type)
                    continue
                }
                do throws(GraphQLError) {
                    try write(members[definition.source], definition.type, field.selection, to: &writer)
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
    }

    private mutating func write(
        _ value: JSON?,
        _ type: GraphQLOutputType,
        _ selection: GraphQLPlan.Selection?,
        to writer: inout JSONWriter
    ) throws(GraphQLError) {
        count += 1
        guard count <= Self.valuesMax else {
            throw GraphQLError("The answer would hold more than \(Self.valuesMax) values. Ask for fewer at once.")
        }
        switch type {
        case .string: writer.value(value?.stringValue ?? value?.integerValue.map(String.init) ?? "")
        case .longString: writer.value(value?.integerValue.map(String.init) ?? value?.stringValue ?? "0")
        case .boolean: writer.value(value == true)
        case .enumeration(_, let names): writer.value(value?.stringValue ?? names.first ?? "")
        case .float: Self.write(number: value, to: &writer)
        case .never: writer.null()
        case .object:
            guard let selection else { preconditionFailure("an object without a selection was planned") }
            try write(value?.objectValue ?? JSONObject(), selection, to: &writer)
        case .list(let element):
            var failure: GraphQLError?
            writer.array { writer in
                for each in value?.arrayValue ?? [] where failure == nil {
                    do throws(GraphQLError) {
                        try write(each, element, selection, to: &writer)
                    } catch {
                        failure = error
                    }
                }
            }
            if let failure { throw failure }
        }
    }

    /// REST writes numbers that are not finite as texts.
    private static func write(number value: JSON?, to writer: inout JSONWriter) {
        switch value {
        case nil: writer.value(0.0)
        case let value?:
            if let number = value.doubleValue, number.isFinite { writer.value(number) } else { writer.null() }
        }
    }
}
