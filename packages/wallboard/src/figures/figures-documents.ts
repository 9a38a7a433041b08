import { graphql } from '../gql';

export const CALL_FIGURES = graphql(`
  fragment CallFigures on CallStatistics {
    keys
    calls
    answered
    duration {
      median
      p95
    }
    costs {
      currency
      total
    }
  }
`);

export const FIGURES = graphql(`
  query Figures($filter: CallFilter!, $timeZone: String!, $time: [CallDimensionInput!]!) {
    total: callStatistics(filter: $filter, timeZone: $timeZone) {
      ...CallFigures
    }
    times: callStatistics(filter: $filter, timeZone: $timeZone, by: $time, first: 1000) {
      ...CallFigures
    }
  }
`);

export const FIGURES_BY = graphql(`
  query FiguresBy(
    $filter: CallFilter!
    $timeZone: String!
    $by: [CallDimensionInput!]!
    $timeAndBy: [CallDimensionInput!]!
  ) {
    values: callStatistics(filter: $filter, timeZone: $timeZone, by: $by, first: 200) {
      ...CallFigures
    }
    timesAndValues: callStatistics(filter: $filter, timeZone: $timeZone, by: $timeAndBy, first: 1000) {
      keys
      calls
    }
  }
`);

export const CALL_FACET = graphql(`
  query CallFacet($field: CallDimension!, $filter: CallFilter!) {
    callFacet(field: $field, filter: $filter, first: 100) {
      value
      label
      calls
    }
  }
`);
